"""The exercise of ``measuring`` explains every wrong verdict with figures that it shows."""

import re
from importlib.resources import files

import pytest

from app.course.evidence import Evidence
from app.lessons.measuring.cases import CASES, OPTIONS
from app.lessons.measuring.check import EXERCISE

RIGHT = {case.name: case.right for case in CASES}
WRONG = [(case.name, option) for case in CASES for option in OPTIONS if option != case.right]
# A figure of the rule, not of a measurement.
RULE = {"10,000"}


def message(answer: object) -> str | None:
    refusals = (step(Evidence(answer)) for step in EXERCISE.steps)
    return next((refusal.message for refusal in refusals if refusal), None)


@pytest.mark.parametrize(("name", "option"), WRONG)
def test_each_wrong_verdict_is_explained(name: str, option: str) -> None:
    explanation = message({**RIGHT, name: option})
    assert explanation is not None
    assert explanation.startswith(f"The {name} measurement, “{option}”: ")


def test_no_two_wrong_verdicts_get_the_same_explanation() -> None:
    explanations = [message({**RIGHT, name: option}) for name, option in WRONG]
    assert len(set(explanations)) == len(WRONG)


def test_figures_in_the_messages_occur_in_the_notebook() -> None:
    shown = files("app.lessons.measuring").joinpath("exercise.md").read_text(encoding="utf-8")
    shown = shown.replace(",", "").replace("1144.95", "1145").replace("1710.02", "1710")
    for case in CASES:
        for text in case.mistakes.values():
            for figure in set(re.findall(r"\d[\d,.]*\d{2}(?=×|\b)", text)) - RULE:
                assert figure.replace(",", "") in shown, f"{case.name}: {figure}"
