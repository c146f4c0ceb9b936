"""Objects that outlive a server: most work with the next one, and none of them ends the kernel."""

import json
import subprocess
import sys

import pytest

from app.lab.services import Lease

pytestmark = pytest.mark.slow

SERVED = {
    "engine": "engine",
    "database": "database",
    "redis client": "b'redis'",
    "http client": "<Response [200 OK]>",
    "lock": "held",
    "semaphore": "held",
    "queue": "queued",
}
"""What every server answers with the same object."""
EXPLAINED = {
    "driver pool": "event loop",
    "driver connection": "inside the function that uses it",
    "task": "belongs to another event loop",
    "background task": "all tasks of a server are when it stops",
}
"""What the last server says about an object that it cannot use."""
SURVIVED = ("endless generator",)


@pytest.fixture(scope="module")
def outcomes(lease: Lease) -> dict[str, list[str]]:
    """What three servers made of each object, as far as the process came that tried them."""
    command = [sys.executable, "-m", "tests.lab.checks.outliving"]
    if lease.redis_url is None:
        pytest.skip("There is no Redis on this machine.")
    urls = [lease.database_url, lease.redis_url]
    done = subprocess.run(
        [*command, *urls], check=False, capture_output=True, text=True, timeout=240
    )
    seen = dict(json.loads(line) for line in done.stdout.splitlines())
    seen["how it ended"] = [str(done.returncode), done.stderr[-2000:]]
    return seen


@pytest.mark.parametrize("name", SERVED)
def test_it_works_with_every_server(name: str, outcomes: dict[str, list[str]]) -> None:
    assert outcomes.get(name, outcomes["how it ended"]) == [SERVED[name]] * 3


@pytest.mark.parametrize("name", EXPLAINED)
def test_what_cannot_work_is_explained(name: str, outcomes: dict[str, list[str]]) -> None:
    assert EXPLAINED[name] in outcomes.get(name, outcomes["how it ended"])[-1]


def test_the_process_lives_on(outcomes: dict[str, list[str]]) -> None:
    assert outcomes["how it ended"][0] == "0", outcomes["how it ended"][1]
    assert {*SERVED, *EXPLAINED, *SURVIVED, "end"} <= outcomes.keys()
