"""What cannot be a configuration at all is refused before anything is started."""

from typing import Any

import pytest

from app.course.kinds import DeploymentExercise

EXERCISE = DeploymentExercise(goal="", steps=(), hints=("", "", "", ""), max_connections=40)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"threads": 2}, "The configuration has 'threads'; expected any of manager, workers"),
        ({"workers": "2"}, "`workers` is '2'; expected a number of processes"),
        ({"workers": True}, "`workers` is True"),
        ({"workers": 0}, "`workers` is 0"),
        ({"options": ["--preload"]}, "`options` is ['--preload']; expected a dict by name"),
        ({"settings": {1: 2}}, "`settings` is {1: 2}"),
        (["uvicorn"], "expected a dict with your configuration"),
    ],
)
def test_what_cannot_be_a_configuration_is_refused(answer: Any, message: str) -> None:
    refusal = EXERCISE.wrong_type(answer)
    assert refusal is not None
    assert message in refusal.message


def test_every_part_has_a_default() -> None:
    assert EXERCISE.wrong_type({}) is None
    assert EXERCISE.wrong_type({"workers": 2, "options": {}, "settings": {"pool_size": 3}}) is None
