"""What Locust says of a run is read, agrees with what the server saw, and never enters a kernel."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from app.course.errors import CourseError
from app.lab.tools.locust.plan import Plan
from app.lab.tools.locust.processes import LocustError
from app.lab.tools.locust.running import run_locust
from tests.lab.tools.locust.conftest import LOCUSTFILE, Watched


def plan(
    watched: Watched, *, users: int = 3, seconds: float = 30, requests: int | None = 40
) -> Plan:
    return Plan(host=watched.url, users=users, seconds=seconds, requests=requests)


async def test_both_sides_count_the_same(watched: Watched) -> None:
    results = await run_locust(LOCUSTFILE, plan(watched))
    [greeting] = results.entries
    assert (greeting.method, greeting.name) == ("GET", "greeting")
    assert greeting.requests == results.total.requests == len(watched.recorder.visits)
    assert 40 <= greeting.requests < 2 * 40
    assert watched.recorder.visits.statuses == {200: greeting.requests}
    assert (results.total.failures, results.exit_code, results.exceptions) == (0, 0, {})
    assert set(results.total.percentiles) == {0.5, 0.9, 0.99}
    assert "gevent" not in sys.modules
    assert "locust" not in sys.modules


def test_nothing_of_it_is_imported_into_this_process() -> None:
    code = (
        "import sys, app.lab.tools.locust.page, app.lab.tools.locust.run, "
        "app.lab.tools.locust.running, app.lessons.load_testing.check; "
        "print(sorted({'gevent', 'locust'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


async def test_a_run_ends_after_its_time(watched: Watched) -> None:
    results = await run_locust(LOCUSTFILE, plan(watched, seconds=0.3, requests=None))
    assert results.elapsed >= 0.3
    assert results.total.requests > 3
    assert results.rps == results.total.requests / results.elapsed


async def test_the_time_begins_when_all_users_are_ready(watched: Watched) -> None:
    slow = LOCUSTFILE + "\n    def on_start(self):\n        import time\n        time.sleep(1)\n"
    results = await run_locust(slow, plan(watched, seconds=0.3, requests=None))
    assert results.total.requests > 3
    assert results.elapsed >= 1.3


async def test_failures_exceptions_and_the_exit_code(watched: Watched) -> None:
    broken = LOCUSTFILE.replace('"/hello"', '"/nowhere"')
    broken += "\n    @task\n    def slip(self):\n        raise ZeroDivisionError('oops')\n"
    results = await run_locust(broken, plan(watched))
    assert results.total.failures == results.total.requests == len(watched.recorder.visits)
    [(failure, times)] = results.errors.items()
    assert failure.startswith("greeting: ")
    assert "404" in failure
    assert times == results.total.failures
    assert results.exceptions["oops"] > 0
    assert results.exit_code == 1


async def test_a_run_whose_users_are_all_gone_ends(watched: Watched) -> None:
    gone = LOCUSTFILE + "\n    def on_start(self):\n        raise KeyError('token')\n"
    results = await run_locust(gone, plan(watched, seconds=3_600))
    assert (results.total.requests, results.exit_code) == (0, 1)
    assert results.exceptions == {"'token'": 3}


async def test_without_pauses(watched: Watched) -> None:
    patient = LOCUSTFILE.replace("constant(0.01)", "constant(3600)")
    for pauses in (False, True):
        seen = await run_locust(
            patient, Plan(host=watched.url, users=2, seconds=0.3, requests=30, pauses=pauses)
        )
        assert (seen.total.requests == 2) is pauses


async def test_a_file_with_a_neighbour(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "greetings.py").write_text('PATH = "/hello"\n')
    file = tmp_path / "mine, and yours.py"
    file.write_text(
        LOCUSTFILE.replace('"/hello"', "PATH").replace(
            "from locust", "from greetings import PATH\nfrom locust", 1
        )
    )
    for given in (file, str(file)):
        results = await run_locust(given, plan(watched, requests=5))
        assert results.total.requests >= 5
    assert watched.recorder.visits.statuses.keys() == {200}


@pytest.mark.parametrize(
    ("locustfile", "message"),
    [
        ("x = 1\ny = (\n", r"The locustfile, line 2: '\(' was never closed\."),
        ("/nowhere/locustfile.py", "No such file or directory"),
        ("import nonsense_of_mine\n", "No module named 'nonsense_of_mine'"),
        ("x = 1\n", "has no class of users"),
    ],
)
async def test_what_cannot_run_is_said(watched: Watched, locustfile: str, message: str) -> None:
    with pytest.raises(CourseError, match=message):
        await run_locust(locustfile, plan(watched))
    assert not len(watched.recorder.visits)


def test_impossible_numbers() -> None:
    possible = Plan(host="http://127.0.0.1", users=1, seconds=1)
    with pytest.raises(CourseError, match="users must be above 0; not -1"):
        replace(possible, users=-1)
    with pytest.raises(CourseError, match="seconds must be above 0; not 0"):
        replace(possible, seconds=0)
    with pytest.raises(CourseError, match="processes must be above 0"):
        replace(possible, processes=0)


async def test_a_run_that_hangs_is_ended(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.lab.tools.locust.running.MARGIN", -9.0)
    endless = LOCUSTFILE.replace('self.client.get("/hello", name="greeting")', "while True: pass")
    with pytest.raises(LocustError, match="did not end within 2 s"):
        await run_locust(endless, plan(watched, seconds=1))


@pytest.mark.skipif(sys.platform == "win32", reason="Locust says so")
async def test_several_processes_share_the_users(watched: Watched) -> None:
    several = Plan(host=watched.url, users=4, seconds=0.5, processes=2)
    results = await run_locust(LOCUSTFILE, several)
    assert results.total.requests == len(watched.recorder.visits) > 4
    assert results.exit_code == 0


async def test_above_100_ms_percentiles_have_two_digits(watched: Watched) -> None:
    slow = LOCUSTFILE.replace(
        'self.client.get("/hello", name="greeting")',
        "self.environment.events.request.fire(request_type='GET', name='slow', exception=None,"
        " response_time=147.3, response_length=0, context={})",
    )
    results = await run_locust(slow, plan(watched, requests=5))
    assert set(results.total.percentiles.values()) == {150.0}


async def test_a_pace_for_each_user_is_no_open_loop(watched: Watched) -> None:
    """A server that stalls is asked less often by users with a pace, whatever the pace."""
    stalls = LOCUSTFILE.replace("constant(0.01)", "constant_throughput(20)").replace(
        "constant,", "constant_throughput,"
    )
    stalls = stalls.replace('"/hello"', '"/stall"')
    results = await run_locust(stalls, plan(watched, users=2, seconds=1, requests=None))
    assert results.total.requests <= 2 * 5  # of the 40 that its pace would be


async def test_its_own_report(watched: Watched, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    with_report = Plan(host=watched.url, users=1, seconds=30, requests=3, report=report)
    await run_locust(LOCUSTFILE, with_report)
    assert "greeting" in report.read_text(encoding="utf-8")
