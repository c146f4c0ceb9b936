"""What every exercise has, whatever its kind, without the machinery that runs it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

from app.course.evidence import Evidence

OutcomeName = Literal["passed", "wrong", "error", "not attempted"]


SHIPPED_SEED = 0
"""The seed for which solutions are shipped and exercises are verified."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an answer does not pass: what was seen, what was expected."""

    message: str
    hint: int = 1
    """The layer of hint to ask for next, 1 to 4."""
    outcome: Literal["wrong", "error"] = "wrong"


Step = Callable[[Evidence], Refusal | None]


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """How an answer is judged. The steps judge the evidence in order; the first refusal ends the
    check. How the evidence is gathered depends on the kind: see ``app.course.kinds``."""

    goal: str
    steps: tuple[Step, ...]
    hints: tuple[str, str, str, str]
    """Where to look, the idea, its shape, an outline of the solution."""

    takes_several: ClassVar[bool] = False
    """Whether the answer has several parts, so that ``lab.check`` gets several arguments."""

    def drawn(self, seed: int) -> Self:  # noqa: ARG002
        """This exercise as it is for the learner with that seed; most are the same for all."""
        return self

    def wrong_type(self, answer: Any) -> Refusal | None:
        """Why ``answer`` cannot be an answer of this kind at all; ``None`` if it can."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to answer an exercise, for ``course verify``: the solution with ``edits`` applied
    (each old text must occur exactly once), or ``source`` instead."""

    name: str
    says: str = ""
    """For a wrong attempt: part of the message the check must give."""
    edits: tuple[tuple[str, str], ...] = ()
    source: str | None = None
    """Where the answer has several cells, a line ``#%%`` separates them, here and in the text that
    ``edits`` apply to."""
    outcome: Literal["wrong", "error", "passed"] = "wrong"
