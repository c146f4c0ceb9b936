"""All five, started for real. One whose toolchain is missing skips its tests; where everything is
meant to be installed it fails them."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest

from app.lab.frameworks.answers import Answer, Key, examine
from app.lab.frameworks.environment import libpq_variables
from app.lab.frameworks.five import FIVE, prepare
from app.lab.frameworks.framework import Start
from app.lab.frameworks.serving import Served, serve
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
def answers(database: dict[str, str]) -> Mapping[Key, Answer]:
    """Of all that can run here."""
    starts, _ = prepare()
    found, broken = asyncio.run(examine(starts, database))
    assert broken == []
    return found


@pytest.fixture(scope="session")
def served(database: dict[str, str]) -> Iterator[dict[str, Served]]:
    """All that can run here, each in one process."""
    with ExitStack() as stack:
        starts, _ = prepare()
        yield {
            start.framework.slug: stack.enter_context(serve(start, database, connections=2))
            for start in starts
        }
