"""The checks of one lesson."""

import subprocess
import sys

import pytest

from app.lab.authoring.project import this_project

ROOT = this_project().root


def printed_share(slug: str) -> str:
    """The checks of a lesson, one per line, as the script determines them in its own process."""
    code = (
        "import sys; sys.path.insert(0, 'scripts'); from checks import share_of\n"
        f"for checks in share_of({slug!r}):\n"
        "    for check in checks: print(' '.join(check.command))"
    )
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_an_unknown_lesson_is_reported_in_one_line() -> None:
    command = [sys.executable, "scripts/checks.py", "--lesson", "poling"]
    completed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert completed.returncode == 2
    assert completed.stdout == ""
    assert completed.stderr.startswith("There is no lesson 'poling'. The lessons are: start_here, ")
    assert completed.stderr.count("\n") == 1


@pytest.mark.parametrize("slug", ["pooling", "start_here"])
def test_the_share_of_a_lesson_is_complete(slug: str) -> None:
    share = printed_share(slug)
    assert f"course build --check {slug}\n" in share
    assert f"course verify {slug}\n" in share
    for path in sorted(ROOT.glob(f"*/[0-9][0-9]_{slug}*.ipynb")):
        assert (str(path.relative_to(ROOT)) in share) == (path.parent.name != "exercises")
    tests = ROOT / "tests" / "lessons" / f"test_{slug}.py"
    assert (f"pytest -q tests/lessons/{tests.name}\n" in share) == tests.exists()
