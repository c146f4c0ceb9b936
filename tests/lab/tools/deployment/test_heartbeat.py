"""Gunicorn's ``--timeout`` is a heartbeat of the event loop, and no limit for a request."""

import pytest

from app.lab.tools.deployment.requests import request
from tests.lab.tools.deployment.conftest import deployment

pytestmark = pytest.mark.slow

HEARTBEAT = 2
"""Seconds. The worker reports every second."""


async def test_a_slow_request_survives_and_a_blocked_loop_does_not() -> None:
    async with deployment("gunicorn", 1, timeout=HEARTBEAT) as shop:
        before = shop.pids
        assert (await request(shop.url, "/wait")).status == 200
        assert shop.pids == before
        # Nothing ever unblocks it.
        assert (await request(shop.url, "/block")).failure == "dropped"
        assert (await request(shop.url, "/")).worker not in before
