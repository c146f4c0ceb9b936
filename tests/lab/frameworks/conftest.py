"""All five, started and compared for real. One whose toolchain is missing skips its tests; where
everything is meant to be installed it fails them."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psutil
import pytest

from app.lab.frameworks.answers import Answer, Key
from app.lab.frameworks.comparisons import Comparisons
from app.lab.frameworks.environment import libpq_variables
from app.lab.frameworks.five import FIVE, prepare
from app.lab.frameworks.framework import Start
from app.lab.frameworks.measure import compare_frameworks
from app.lab.frameworks.server import Served, serve
from app.lab.services import Lease

SLUGS = [framework.slug for framework, _ in FIVE]


def require(slug: str) -> Start:
    """The framework, ready to be started."""
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
    """The shop's data, in libpq's variables."""
    return libpq_variables(database_url)


@pytest.fixture(scope="session")
def compared() -> Comparisons:
    """The whole comparison of all that can run here, in the short measuring mode."""
    before = keepers()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_SHORT", "1")
        compared = asyncio.run(compare_frameworks())
    assert keepers() == before  # those of other tests; the comparison's own are gone
    return compared


def keepers() -> set[int]:
    """The keepers of servers that this process has started."""
    return {p.pid for p in psutil.Process().children() if "keeper" in str(p.cmdline())}


@pytest.fixture(scope="session")
def answers(compared: Comparisons) -> Mapping[Key, Answer]:
    """Of all that can run here."""
    starts, missing = prepare()
    assert compared.missing == tuple(missing)  # all others did start
    assert {slug for slug, _, _ in compared.answers} == {start.framework.slug for start in starts}
    return compared.answers


@pytest.fixture(scope="session")
def served(database: dict[str, str]) -> Iterator[dict[str, Served]]:
    """All that can run here, each in one process."""
    starts, _ = prepare()
    with ExitStack() as stack:

        def enter(start: Start) -> Served:
            return stack.enter_context(serve(start, database, connections=2))

        with ThreadPoolExecutor(len(starts)) as pool:
            live = list(pool.map(enter, starts))
        yield {one.framework.slug: one for one in live}
