"""Starts and compares all five frameworks for real. The tests of one whose toolchain is missing are
skipped; with ``COURSE_SKIP_NOTHING`` they fail."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psutil
import pytest

from app.lab.services import Lease
from app.lab.tools.frameworks.answers import Answer, Key
from app.lab.tools.frameworks.comparisons import Comparisons
from app.lab.tools.frameworks.environment import libpq_variables
from app.lab.tools.frameworks.five import FIVE, prepare
from app.lab.tools.frameworks.framework import Start
from app.lab.tools.frameworks.measure import compare_frameworks
from app.lab.tools.frameworks.server import RunningServer, serve

SLUGS = [framework.slug for framework, _ in FIVE]


def require(slug: str) -> Start:
    """The framework, ready to start; skips the test if it cannot run here."""
    starts, missing = prepare([slug])
    if missing:
        if os.environ.get("COURSE_SKIP_NOTHING"):
            pytest.fail(missing[0].remedy)
        pytest.skip(missing[0].remedy)
    return starts[0]


@pytest.fixture(scope="session")
def database_url(lease: Lease) -> str:
    return lease.database_url


@pytest.fixture(scope="session")
def database(database_url: str) -> dict[str, str]:
    """The shop's database, as libpq variables."""
    return libpq_variables(database_url)


@pytest.fixture(scope="session")
def compared() -> Comparisons:
    """The full comparison of all frameworks that can run here, in short mode."""
    before = watchdogs()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_SHORT", "1")
        compared = asyncio.run(compare_frameworks())
    assert watchdogs() == before  # other tests' remain, the comparison's own have exited
    return compared


def watchdogs() -> set[int]:
    """The watchdogs of servers that this process has started."""
    return {p.pid for p in psutil.Process().children() if "watchdog" in str(p.cmdline())}


@pytest.fixture(scope="session")
def answers(compared: Comparisons) -> Mapping[Key, Answer]:
    """The answers of all frameworks that can run here."""
    starts, missing = prepare()
    assert compared.missing == tuple(missing)  # all others started
    assert {slug for slug, _, _ in compared.answers} == {start.framework.slug for start in starts}
    return compared.answers


@pytest.fixture(scope="session")
def servers(database: dict[str, str]) -> Iterator[dict[str, RunningServer]]:
    """Servers of all frameworks that can run here, one process each."""
    starts, _ = prepare()
    with ExitStack() as stack:

        def enter(start: Start) -> RunningServer:
            return stack.enter_context(serve(start, database, connections=2))

        with ThreadPoolExecutor(len(starts)) as pool:
            running = list(pool.map(enter, starts))
        yield {server.framework.slug: server for server in running}
