"""A server starts with all its processes, and none of them survives it."""

import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import psutil
import pytest

from app.lab.load import Request
from app.lab.tools.frameworks.answers import fetch
from app.lab.tools.frameworks.five import FASTAPI
from app.lab.tools.frameworks.framework import Framework
from app.lab.tools.frameworks.server import FrameworkServerError, pinnable_core, serve, serve_all
from tests.lab.tools.frameworks.conftest import SLUGS, require

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Program:
    """Something that can be started but is not a framework."""

    text: str
    framework: Framework = FASTAPI
    versions: Mapping[str, str] = field(default_factory=dict)

    def command(self, port: int, processes: int) -> list[str]:  # noqa: ARG002
        return [sys.executable, "-c", self.text]

    def variables(self, processes: int, connections: int) -> dict[str, str]:  # noqa: ARG002
        return {}


def all_exited(processes: list[psutil.Process], seconds: float = 10.0) -> bool:
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
def test_the_requested_number_of_processes_starts(slug: str, database: dict[str, str]) -> None:
    with serve(require(slug), database, processes=2, connections=4) as server:
        family = server.process_tree
        # Go uses all cores in one process; the others have a master in addition to the workers.
        assert len(family) == 1 if slug == "gin" else len(family) >= 3
        assert fetch(server.url, Request("/fast/products/1")).status == 200
    assert all_exited(family)


@pytest.mark.skipif(
    not hasattr(psutil.Process, "cpu_affinity"), reason="CPU affinity is not supported"
)
def test_one_process_stays_on_its_core(database: dict[str, str]) -> None:
    core = pinnable_core()
    if core is None:
        pytest.skip("there is only one core")
    with serve(require("fastapi"), database, core=core) as server:
        (process,) = server.process_tree
        assert process.cpu_affinity() == [core]


def test_a_server_that_does_not_start_says_why(database: dict[str, str]) -> None:
    with (
        pytest.raises(FrameworkServerError, match="no such module"),
        serve(Program("raise SystemExit('no such module')"), database),
    ):
        pass


async def test_a_server_that_does_not_start_does_not_affect_others(
    database: dict[str, str],
) -> None:
    starts = [Program("raise SystemExit('broken')"), require("fastapi")]
    async with serve_all(starts, lambda _: database, connections=2) as (servers, failed):
        assert [server.framework.slug for server in servers] == ["fastapi"]
        assert "broken" in failed[0].remedy
        family = servers[0].process_tree
    assert all_exited(family)


KILLED = """
import sys, time
from app.lab.tools.frameworks.five import prepare
from app.lab.tools.frameworks.server import serve
from app.lab.tools.frameworks.environment import libpq_variables
database = libpq_variables(sys.argv[2])
(start,), _ = prepare([sys.argv[1]])
with serve(start, database, processes=2, connections=4) as server:
    print(*(process.pid for process in server.process_tree), flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("slug", SLUGS)
def test_the_server_does_not_outlive_the_process_that_started_it(
    slug: str, database_url: str
) -> None:
    require(slug)
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, slug, database_url], stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout is not None
        pids = [int(pid) for pid in starter.stdout.readline().split()]
        family = [psutil.Process(pid) for pid in pids]
        starter.send_signal(signal.SIGKILL)
    assert family
    assert all_exited(family)
