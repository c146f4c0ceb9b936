import json

import pytest

from app.cli import main
from app.course.errors import CourseError
from app.lab.machine import doctor
from app.lab.machine.doctor import Finding, report


@pytest.mark.slow
def test_a_healthy_machine(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["doctor", "--json"])
    assert end.value.code == 0
    findings = {found["name"]: found for found in json.loads(capsys.readouterr().out)}
    assert list(findings) == [
        "Python", "Packages", "Kernel", "Ports", "PostgreSQL", "Redis", "Request",
    ]  # fmt: skip
    assert not [found for found in findings.values() if found["state"] == "problem"]


def test_a_problem_is_told_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = Finding("Kernel", "problem", "It does not start.", "Run `make setup`.")
    monkeypatch.setattr(doctor, "examine", lambda: [found])
    with pytest.raises(SystemExit) as end:
        main(["doctor"])
    assert end.value.code == 1
    shown = capsys.readouterr().out
    assert "It does not start. Run `make setup`." in shown
    assert "1 to mend" in shown


def test_what_fails_to_answer_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> None:
        raise CourseError("No server.")

    monkeypatch.setattr("app.lab.services.connect", refuse)
    [found] = list(doctor._guarded("Services", doctor._services))
    assert (found.state, "No server." in found.detail) == ("problem", True)


def test_a_warning_is_no_problem() -> None:
    text = report([Finding("Redis", "warning", "There is none.")]).text()
    assert "There is none." in text
    assert "The course can run" in text
