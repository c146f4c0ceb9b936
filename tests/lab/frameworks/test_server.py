"""A server starts with all its processes, and nothing of it survives."""

import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import psutil
import pytest

from app.lab.frameworks.answers import ask
from app.lab.frameworks.five import FASTAPI
from app.lab.frameworks.framework import Framework
from app.lab.frameworks.server import FrameworkServerError, pinnable_core, serve, serve_all
from app.lab.load import Request
from tests.lab.frameworks.conftest import SLUGS, require

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Program:
    """Something that can be started and is no framework."""

    text: str
    framework: Framework = FASTAPI
    versions: Mapping[str, str] = field(default_factory=dict)

    def command(self, port: int, processes: int) -> list[str]:  # noqa: ARG002
        return [sys.executable, "-c", self.text]

    def variables(self, processes: int, connections: int) -> dict[str, str]:  # noqa: ARG002
        return {}


def all_gone(processes: list[psutil.Process], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while any(map(is_alive, processes)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(map(is_alive, processes))


def is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("slug", SLUGS)
def test_as_many_processes_as_asked_for(slug: str, database: dict[str, str]) -> None:
    with serve(require(slug), database, processes=2, connections=4) as served:
        family = served.family
        # Go takes all cores in one process; the others have a master beside the workers.
        assert len(family) == 1 if slug == "gin" else len(family) >= 3
        assert ask(served.url, Request("/fast/products/1")).status == 200
    assert all_gone(family)


@pytest.mark.skipif(not hasattr(psutil.Process, "cpu_affinity"), reason="no affinity here")
def test_one_process_stays_on_its_core(database: dict[str, str]) -> None:
    core = pinnable_core()
    if core is None:
        pytest.skip("there is only one core")
    with serve(require("fastapi"), database, core=core) as served:
        (server,) = served.family
        assert server.cpu_affinity() == [core]


def test_what_does_not_start_says_why(database: dict[str, str]) -> None:
    with (
        pytest.raises(FrameworkServerError, match="no such module"),
        serve(Program("raise SystemExit('no such module')"), database),
    ):
        pass


async def test_one_that_does_not_start_leaves_the_others(database: dict[str, str]) -> None:
    starts = [Program("raise SystemExit('broken')"), require("fastapi")]
    async with serve_all(starts, database, connections=2) as (live, broken):
        assert [one.framework.slug for one in live] == ["fastapi"]
        assert "broken" in broken[0].remedy
        family = live[0].family
    assert all_gone(family)


KILLED = """
import sys, time
from app.lab.frameworks.five import prepare
from app.lab.frameworks.server import serve
from app.lab.frameworks.environment import libpq_variables
database = libpq_variables(sys.argv[2])
(start,), _ = prepare([sys.argv[1]])
with serve(start, database, processes=2, connections=4) as served:
    print(*(process.pid for process in served.family), flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
@pytest.mark.parametrize("slug", SLUGS)
def test_nothing_survives_who_started_it(slug: str, database_url: str) -> None:
    require(slug)
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, slug, database_url], stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout is not None
        pids = [int(pid) for pid in starter.stdout.readline().split()]
        family = [psutil.Process(pid) for pid in pids]
        starter.send_signal(signal.SIGKILL)
    assert family
    assert all_gone(family)
