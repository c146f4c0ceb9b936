"""No process of a deployment outlives what started it, however that ends."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Coroutine
from typing import Any

import psutil
import pytest

from app.lab.tools.deployment.deployment import Deployment
from tests.lab.tools.deployment.conftest import all_end, deployment

pytestmark = pytest.mark.slow

STARTER = """
import asyncio, sys, time
from tests.lab.tools.deployment.conftest import deployment

async def main():
    shops = [deployment(name) for name in ("uvicorn", "gunicorn")]
    await asyncio.gather(*(shop.__aenter__() for shop in shops))
    print(*(process.pid for shop in shops for process in shop.processes), flush=True)
    if sys.argv[1] == "wait":
        await asyncio.sleep(60)

asyncio.run(main())
"""


def start(then: str) -> tuple["subprocess.Popen[str]", list[psutil.Process]]:
    """A process that has started deployments and does not stop them."""
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, then], stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout is not None
    with starter.stdout:
        pids = starter.stdout.readline().split()
    # Those of a process that ends may be gone already.
    return starter, [psutil.Process(int(pid)) for pid in pids if psutil.pid_exists(int(pid))]


def test_processes_end_with_a_kernel_that_is_killed() -> None:
    starter, family = start("wait")
    assert len(family) >= 6
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    assert all_end(family)


def test_processes_end_with_the_notebook() -> None:
    starter, family = start("end")
    assert starter.wait() == 0
    assert all_end(family)


async def test_processes_end_with_an_interrupted_cell() -> None:
    shop = deployment("uvicorn")

    async def cell() -> None:
        async with shop:
            await asyncio.sleep(60)

    family = await interrupted(cell(), shop, ready=True)
    assert all_end(family)


async def test_processes_end_if_their_start_is_interrupted() -> None:
    shop = deployment("gunicorn")

    async def cell() -> None:
        async with shop:
            raise AssertionError("it was to be interrupted before")

    family = await interrupted(cell(), shop, ready=False)
    assert all_end(family)


async def interrupted(
    cell: Coroutine[Any, Any, None], shop: Deployment, *, ready: bool
) -> list[psutil.Process]:
    """The processes that ran when the cell was interrupted."""
    running = asyncio.create_task(cell)
    await asyncio.sleep(0)
    while not shop.processes or (ready and len(shop.pids) < 2):  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    family = shop.processes
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    return family
