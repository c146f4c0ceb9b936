"""The learner's own record: exercises attempted and passed, and the hints read.

``COURSE_PROGRESS=off`` leaves it untouched, for runs that are not the learner's.
"""

import json
import os
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.course.catalogue import published_lessons
from app.course.errors import CourseError
from app.course.exercise import SHIPPED_SEED, OutcomeName
from app.lab.display.table import Table

LOCK_TIMEOUT = 10.0
"""Seconds to wait for another kernel to finish writing."""
LAST_HINT = 4
SEEDS = 1_000_000
FAILURES_TO_SOLUTION = 2
"""Failed checks after which the solution may be seen."""


@dataclass(slots=True)
class Entry:
    """The record of one lesson's exercise."""

    attempts: int = 0
    """Checks with the outcome ``passed``, ``wrong`` or ``error``."""
    failures: int = 0
    """Those with the outcome ``wrong`` or ``error``."""
    passed_on: str | None = None
    """The day of the first pass, ``2026-01-31``, in UTC."""
    hints: list[int] = field(default_factory=list)
    """The hints that were read, each once."""
    predictions: dict[str, float] = field(default_factory=dict)
    seed: int | None = None
    """What the exercise is drawn with, where it differs from learner to learner; ``None`` until it
    is needed."""

    @property
    def solution_is_open(self) -> bool:
        """Whether the solution may be seen: it would spoil the exercise any earlier."""
        return bool(
            self.passed_on or self.failures >= FAILURES_TO_SOLUTION or LAST_HINT in self.hints
        )

    def count(self, outcome: OutcomeName) -> None:
        """Adds one check, unless it was not attempted."""
        if outcome == "not attempted":
            return
        self.attempts += 1
        self.failures += outcome != "passed"
        if outcome == "passed" and self.passed_on is None:
            self.passed_on = datetime.now(UTC).date().isoformat()


class ProgressError(CourseError):
    title = "Your progress was not saved"


def progress_file() -> Path:
    from app.lab.services.paths import state_home

    return state_home() / "progress.json"


def read(file: Path | None = None) -> dict[str, Entry]:
    """The record by lesson. A damaged file is set aside and counts as empty."""
    file = file or progress_file()
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ProgressError(f"{file} cannot be read ({error.strerror}).") from None
    try:
        return {slug: _entry(values) for slug, values in json.loads(content).items()}
    except (ValueError, TypeError, AttributeError):
        _set_aside(file)
        return {}


def entry_of(slug: str, *, file: Path | None = None) -> Entry:
    """The record of one lesson's exercise; an empty one if recording is off."""
    return Entry() if _is_off() else read(file).get(slug, Entry())


def record(slug: str, outcome: OutcomeName, *, file: Path | None = None) -> None:
    """Counts one check of that lesson's exercise, unless it was not attempted."""
    if outcome != "not attempted":
        _change(slug, lambda entry: entry.count(outcome), file)


def record_hint(slug: str, layer: int, *, file: Path | None = None) -> None:
    """Records that a hint, 1 to 4, was read."""

    def change(entry: Entry) -> None:
        entry.hints = sorted({*entry.hints, layer})

    _change(slug, change, file)


def record_predictions(
    slug: str, numbers: Mapping[str, float], *, file: Path | None = None
) -> None:
    """Records the latest prediction for each name."""
    _change(slug, lambda entry: entry.predictions.update(numbers), file)


def seed_of(slug: str, *, file: Path | None = None) -> int:
    """The seed of this learner's exercise, drawn when it is first needed and kept from then on. The
    same for everybody if recording is off."""
    if _is_off():
        return SHIPPED_SEED
    if (known := read(file).get(slug, Entry()).seed) is not None:
        return known
    drawn = secrets.randbelow(SEEDS)

    def change(entry: Entry) -> None:
        entry.seed = drawn if entry.seed is None else entry.seed

    _change(slug, change, file)
    return read(file)[slug].seed or 0


def forget(slugs: Collection[str], *, file: Path | None = None) -> None:
    """Removes the entries of these lessons."""

    def change(entries: dict[str, Entry]) -> None:
        for slug in slugs:
            entries.pop(slug, None)

    _change_all(change, file)


def table(entries: dict[str, Entry] | None = None) -> Table:
    """One row per lesson, in the course's order; this learner's record by default."""
    entries = read() if entries is None else entries
    rows = []
    lessons = published_lessons()
    for lesson in lessons:
        entry = entries.get(lesson.slug, Entry())
        state = f"passed on {entry.passed_on}" if entry.passed_on else "not passed yet"
        rows.append(
            [
                str(lesson.place),
                lesson.slug,
                state if entry.attempts else "not attempted",
                str(entry.attempts),
                ", ".join(map(str, entry.hints)) or "none",
            ]
        )
    passed = sum(bool(entry.passed_on) for entry in entries.values())
    headers = ["", "Lesson", "Exercise", "Attempts", "Hints used"]
    return Table(headers, rows, f"{passed} of {len(lessons)} exercises passed")


def _change(slug: str, change: Callable[[Entry], None], file: Path | None) -> None:
    _change_all(lambda entries: change(entries.setdefault(slug, Entry())), file)


def _change_all(change: Callable[[dict[str, Entry]], None], file: Path | None) -> None:
    if _is_off():
        return
    file = file or progress_file()
    with _locked(file):
        entries = read(file)
        change(entries)
        _write(file, {name: asdict(entry) for name, entry in entries.items()})


def _is_off() -> bool:
    return os.environ.get("COURSE_PROGRESS") == "off"


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Kernels that write at the same time take turns, so that no entry is lost."""
    from filelock import FileLock, Timeout

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{file}.lock", timeout=LOCK_TIMEOUT):
            yield
    except Timeout:
        raise ProgressError(
            f"Another process has held {file}.lock for {LOCK_TIMEOUT:g} s. End it and try again."
        ) from None
    except OSError as error:
        raise ProgressError(
            f"{file} cannot be written ({error.strerror}). "
            "Set COURSE_HOME to a directory that can be."
        ) from None


def _write(file: Path, values: dict[str, Any]) -> None:
    beside = file.with_suffix(".new")
    beside.write_text(json.dumps(values, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    beside.replace(file)


def _entry(values: dict[str, Any]) -> Entry:
    known = {f.name for f in fields(Entry)}
    entry = Entry(**{name: value for name, value in values.items() if name in known})
    counts = (entry.attempts, entry.failures, entry.seed or 0)
    if not all(isinstance(count, int) for count in counts) or not isinstance(entry.hints, list):
        raise TypeError
    return entry


def _set_aside(file: Path) -> None:
    kept = file.with_suffix(".unreadable.json")
    file.replace(kept)
    print(f"Your progress in {file} could not be read. The file is kept as {kept.name}.")
