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
    findings = {finding["name"]: finding for finding in json.loads(capsys.readouterr().out)}
    assert list(findings) == [
        "Python", "Packages", "Kernel", "Ports", "Files", "Disk", "PostgreSQL", "Redis", "Request",
    ]  # fmt: skip
    assert not [finding for finding in findings.values() if finding["state"] == "problem"]


def test_a_problem_comes_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    finding = Finding("Kernel", "problem", "It does not start.", "Run `make setup`.")
    monkeypatch.setattr(doctor, "examine", lambda: [finding])
    with pytest.raises(SystemExit) as end:
        main(["doctor"])
    assert end.value.code == 1
    output = capsys.readouterr().out
    assert "It does not start. Run `make setup`." in output
    assert "1 to fix" in output


def test_a_check_that_fails_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> None:
        raise CourseError("No server.")

    monkeypatch.setattr("app.lab.services.connect", refuse)
    [finding] = list(doctor._guarded("Services", doctor._services))
    assert (finding.state, "No server." in finding.detail) == ("problem", True)


def test_a_warning_is_not_a_problem() -> None:
    text = report([Finding("Redis", "warning", "There is none.")]).text()
    assert "There is none." in text
    assert "The course can run" in text
