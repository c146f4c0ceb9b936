"""What an update did to the files of the work copy, and how it says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

MOST_NAMES = 6
"""More files than these are counted instead of named."""

State = Literal["new", "updated", "handed out again", "renamed", "unchanged"]


@dataclass(frozen=True, slots=True)
class Change:
    """One file."""

    file: Path
    """Its path in the work copy."""
    state: State
    notes: tuple[str, ...] = ()
    """A sentence for each thing that the learner has to know, such as where a copy is kept."""


def report(folder: Path, changes: Sequence[Change], *, first: bool) -> list[str]:
    """A line on all files together, if there is anything to say, and the notes."""
    notes = [note for change in changes for note in change.notes]
    if first:
        return [f"Your own copy of the course is in {folder}.", *notes]
    states: dict[State, list[str]] = {}
    for change in changes:
        if change.state != "unchanged":
            states.setdefault(change.state, []).append(change.file.name)
    parts = [f"{state} {_names(files)}" for state, files in states.items()]
    return [*([f"Your copy of the course: {'; '.join(parts)}."] if parts else []), *notes]


def _names(files: Sequence[str]) -> str:
    return ", ".join(files) if len(files) <= MOST_NAMES else f"{len(files)} files"
