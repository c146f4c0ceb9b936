"""Every process of a server gets its share of the load."""

import pytest

from app.lab.load import LoadProcess, Target
from app.lab.tools.frameworks.jobs import CONSTANT, requests_for
from app.lab.tools.frameworks.server import serve
from app.lab.tools.frameworks.spreading import is_fair, spread
from tests.lab.tools.frameworks.conftest import require


@pytest.mark.parametrize(
    ("shares", "processes", "fair"),
    [
        ([8, 8], 2, True),
        ([12, 4], 2, True),
        ([13, 3], 2, False),
        ([16], 2, False),
        ([], 2, False),
    ],
)
def test_fair_and_unfair_shares(shares: list[int], processes: int, fair: bool) -> None:
    assert is_fair(shares, processes, 16) is fair


@pytest.mark.slow
async def test_connections_go_to_both_processes(database: dict[str, str]) -> None:
    start = require("fastapi")
    with serve(start, database, processes=2, connections=4) as server:
        target = Target(server.url, requests_for(CONSTANT))
        async with LoadProcess() as load:
            shares = await spread(load, target, server, 8)
    assert sum(shares) == 8
    assert len(shares) == 2
