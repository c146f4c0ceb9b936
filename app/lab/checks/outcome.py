"""The result of a check: one of four outcomes, shown as a box."""

from dataclasses import asdict, dataclass, field
from typing import Any

from app.course.errors import CourseError
from app.course.exercise import OutcomeName
from app.lab.display.markup import code_spans, sentence

MIMETYPE = "application/vnd.course.outcome+json"
"""Carries the outcome in a notebook's output for ``course check``."""

_STYLES = {
    "passed": ("Passed. To take away:", "#0b7a53"),
    "wrong": ("Not yet.", "#b3500c"),
    "error": ("It raised an error.", "#b3261e"),
    "not attempted": ("Not attempted yet.", "#5f6368"),
}


@dataclass(frozen=True)
class Outcome:
    """The result of one check, as plain data. In a message, backticks enclose code."""

    lesson: str
    outcome: OutcomeName
    message: str
    hint: int | None = None
    """The hint to read next, if any."""
    work: dict[str, int] = field(default_factory=dict)
    advice: tuple[str, ...] = ()
    """How to go on: a sentence each, in Markdown with code spans and links."""
    attempted: bool = True
    """Whether it counts as an attempt; a slip in the call of the check does not."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        title, _ = _STYLES[self.outcome]
        return " ".join([title, self.message, *self._advice])

    @property
    def _advice(self) -> list[str]:
        return [*([f"Hint: `lab.hint({self.hint})`."] if self.hint else []), *self.advice]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {
            "text/plain": str(self),
            "text/html": self._repr_html_(),
            MIMETYPE: self.to_json(),
        }

    def _repr_html_(self) -> str:
        title, colour = _STYLES[self.outcome]
        paragraphs = [code_spans(self.message), *map(sentence, self._advice)]
        return (
            f'<div style="border-left:6px solid {colour};padding:.4em 1em;margin:.4em 0">'
            f"<b>{title}</b>{''.join(map(_paragraph, paragraphs))}</div>"
        )


def _paragraph(html: str) -> str:
    return f'<p style="margin:.3em 0">{html}</p>'


class CheckRefused(CourseError):
    """An answer does not pass. The box above says why."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(str(outcome))
        self.outcome = outcome

    @property
    def outcome_data(self) -> dict[str, Any]:
        return self.outcome.to_json()

    def _render_traceback_(self) -> list[str]:
        return [f"The check says: {self.outcome.outcome}. The box above says why."]
