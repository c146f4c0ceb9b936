"""The exercise: five measurements, and a verdict on each."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.course.evidence import Evidence
from app.course.exercise import Refusal
from app.course.kinds import AnswerExercise
from app.lessons.measuring.cases import CASES, OPTIONS


def has_all_answers(evidence: Evidence) -> Refusal | None:
    """A dict with one of the options for each measurement."""
    given = evidence.answer
    if not isinstance(given, Mapping):
        kind = type(given).__name__
        return Refusal(f"The check received a {kind}; expected the dict `answers`.")
    known = [case.name for case in CASES]
    if unknown := [str(key) for key in given if key not in known]:
        return Refusal(
            f"`answers` has the unknown key {quoted(unknown)}; its keys are {quoted(known)}.",
        )
    if missing := [name for name in known if name not in given]:
        return Refusal(
            f"`answers` lacks the key {quoted(missing)}; expected all of {quoted(known)}.",
        )
    if undecided := [name for name in known if given[name] is None]:
        return Refusal(f"Still None: {quoted(undecided)}. Decide on these as well.")
    return None


def from_the_options(evidence: Evidence) -> Refusal | None:
    """Every answer is one of the options."""
    for name, value in evidence.answer.items():
        if normalized(value) not in OPTIONS:
            return Refusal(f"The {name} is {value!r}; choose one of {quoted(OPTIONS)}.")
    return None


def right_verdicts(evidence: Evidence) -> Refusal | None:
    """Every verdict is right; the refusal says what the first wrong one overlooks."""
    for case in CASES:
        given = normalized(evidence.answer[case.name])
        if given != case.right:
            return Refusal(
                f"The {case.name} measurement, “{given}”: {case.mistakes[given]}", hint=2
            )
    return None


def normalized(value: Any) -> str:
    """The answer in lower case, its words separated by single spaces."""
    return " ".join(str(value).replace("_", " ").replace("-", " ").lower().split())


def quoted(words: Sequence[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


EXERCISE = AnswerExercise(
    goal="Say of each of the five measurements what it shows, and no more than that.",
    steps=(has_all_answers, from_the_options, right_verdicts),
    hints=(
        "Ask four things of each measurement, in this order. Were there errors? Who was at "
        "the limit, client or server? Were there several windows of each version, in turns? How "
        "wide is the interval?",
        "“Invalid”: the run measured something other than the question asks, and more of it "
        "would not help. “Cannot tell”: the run is sound but too small, and more of it would "
        "help.",
        "Two are invalid, two cannot tell, and one gives an answer. The answer has the narrowest "
        "interval.",
        "First: does the interval include 1? Second: read the line about non-2xx responses. "
        "Third: who used a whole core? Fourth: how many windows of each version are there? "
        "Fifth: is there room in the interval for a difference that matters?",
    ),
)
