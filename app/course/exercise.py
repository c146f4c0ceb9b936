"""What an exercise is made of, without the machinery that runs it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from fastapi import APIRouter

from app.course.evidence import Burst, Evidence, Probe
from app.shop.database import Database

OutcomeName = Literal["passed", "wrong", "error", "not attempted"]
Seam = Literal["endpoint", "resource", "answer", "load"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an answer does not pass: what was seen, what was expected."""

    message: str
    hint: int = 1
    """The layer of hint to ask for next, 1 to 4."""
    outcome: Literal["wrong", "error"] = "wrong"


Step = Callable[[Evidence], Refusal | None]


@dataclass(frozen=True, slots=True)
class Exercise:
    """How an answer is tried and judged.

    ``endpoint``: the answer is an ``APIRouter``, laid over the shop. ``resource``: a function from
    ``Settings`` to ``Database``. ``answer``: a plain value; the probes are then made to the shop as
    the lesson finds it. ``load``: a function from ``Random`` to the requests of a load, which is
    put to each of ``versions``. The steps are asked in order; the first refusal ends the check.
    """

    seam: Seam
    goal: str
    difficulty: Literal["easy", "medium", "hard"]
    steps: tuple[Step, ...]
    hints: tuple[str, str, str, str]
    """Where to look, the idea, the shape, the solution's path."""
    probes: tuple[Probe, ...] = ()
    bursts: tuple[Burst, ...] = ()
    trial: Callable[[Database], Awaitable[dict[str, Any]]] | None = None
    """For a resource: uses it directly and returns what it saw, as ``Evidence.extra``."""
    versions: Mapping[str, APIRouter] = field(default_factory=dict)
    """For a load: laid over the shop, one after the other. What the load made each of them do is in
    ``Evidence.extra`` under its name, as a ``LoadObservation``."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A way to answer an exercise, for ``course verify``: the solution cell with ``edits`` made to
    it (each old text must occur exactly once), or ``source`` in its place."""

    name: str
    says: str = ""
    """For a wrong attempt: a part of the message it must get."""
    edits: tuple[tuple[str, str], ...] = ()
    source: str | None = None
    outcome: Literal["wrong", "error", "passed"] = "wrong"
