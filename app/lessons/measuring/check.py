"""The exercise: five measurements, and what follows from each."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.course.evidence import Evidence
from app.course.exercise import Exercise, Refusal
from app.lessons.measuring.cases import CASES, OPTIONS


def has_all_answers(evidence: Evidence) -> Refusal | None:
    """A dict with one of the options for each measurement."""
    given = evidence.answer
    if not isinstance(given, Mapping):
        kind = type(given).__name__
        return Refusal(f"The check got a {kind}; it expects the dict `answers`.")
    known = [case.name for case in CASES]
    if strange := [str(key) for key in given if key not in known]:
        return Refusal(
            f"`answers` has the key {listed(strange)}; the keys are {listed(known)}.",
        )
    if lost := [name for name in known if name not in given]:
        return Refusal(
            f"`answers` has no key {listed(lost)}; it must have all of {listed(known)}.",
        )
    if undecided := [name for name in known if given[name] is None]:
        return Refusal(f"Still None: {listed(undecided)}. Decide on these as well.")
    return None


def from_the_options(evidence: Evidence) -> Refusal | None:
    """Nothing but the words that the exercise offers."""
    for name, value in evidence.answer.items():
        if word(value) not in OPTIONS:
            return Refusal(f"The {name} is {value!r}; choose one of {listed(OPTIONS)}.")
    return None


def right_decisions(evidence: Evidence) -> Refusal | None:
    """The first wrong decision, and what it overlooks."""
    for case in CASES:
        given = word(evidence.answer[case.name])
        if given != case.right:
            return Refusal(
                f"The {case.name} measurement, “{given}”: {case.mistakes[given]}", hint=2
            )
    return None


def word(value: Any) -> str:
    """An answer without what does not matter: capitals, blanks, the kind of separator."""
    return " ".join(str(value).replace("_", " ").replace("-", " ").lower().split())


def listed(words: Sequence[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


EXERCISE = Exercise(
    seam="answer",
    goal="Each of the five measurements is read for what it shows, and for no more than that.",
    difficulty="easy",
    steps=(has_all_answers, from_the_options, right_decisions),
    hints=(
        "For each measurement ask four things, in this order. Were there errors? Who was at "
        "the limit, client or server? How wide is the interval, or how many requests does the "
        "percentile rest on? Was it a closed or an open loop?",
        "“Invalid”: the run measured something else than the question asks, and more of it "
        "would not help. “Cannot tell”: the run is sound but too small, and more of it would "
        "help.",
        "Two are invalid, two cannot tell, and one gives an answer. That one comes from the "
        "loop whose clients do not wait for the server.",
        "First: does the interval hold 1? Second: read the line about non-2xx responses. "
        "Third: who used a whole core? Fourth: how many requests are a hundredth of 410? "
        "Fifth: compare the p99 of the two open loops, and only these.",
    ),
)
