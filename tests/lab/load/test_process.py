import asyncio
import os
import subprocess
import sys
import time

import psutil
import pytest

from app.lab.load import LoadProcess
from app.lab.load.ceiling import null_server
from app.lab.load.process import start_module
from benchmarks.tool.scripted_server import scripted_server


def ends(process: psutil.Process, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize(
    "command", [("app.lab.load.worker",), ("app.lab.load.null_server", "22")], ids=lambda c: c[0]
)
def test_it_exits_when_its_stdin_closes(command: tuple[str, ...]) -> None:
    process = start_module(*command)
    assert process.stdin
    assert process.stdout
    time.sleep(0.3)
    assert process.poll() is None
    process.stdin.close()
    assert process.wait(10) == 0
    process.stdout.close()


async def test_it_exits_when_its_stdin_closes_during_a_window() -> None:
    async with scripted_server() as server:
        process = start_module("app.lab.load.worker")
        assert process.stdin
        assert process.stdout
        port = server.url.rsplit(":", 1)[1].strip("/")
        command = (
            f'{{"key": 0, "connections": 1, "seconds": 60, "rate": null, "timeout": 60, "target": '
            f'{{"host": "127.0.0.1", "port": {port}, "socket": null, "requests": []}}}}\n'
        )
        process.stdin.write(command.replace("[]", REQUESTS).encode())
        process.stdin.close()
        assert process.wait(10) == 0
        process.stdout.close()


REQUESTS = '[{"bytes": "", "weight": 1, "statuses": [200, 299], "same_body": null, "safe": true}]'


PARENT = """
import asyncio, time
from app.lab.load import LoadProcess
async def main():
    async with LoadProcess() as load:
        print(load.pid, flush=True)
        time.sleep(60)
asyncio.run(main())
"""


def test_it_does_not_outlive_a_killed_parent() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        worker = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    assert ends(worker)


@pytest.mark.parametrize("turns", range(3))
async def test_a_cancellation_that_coincides_with_the_answer_is_not_lost(turns: int) -> None:
    async def later(left: int) -> None:
        for _ in range(left):
            await asyncio.sleep(0)
        running.cancel()

    with null_server() as url:
        async with LoadProcess() as load:
            await load.window(f"{url}/", seconds=0.05)
            running = asyncio.create_task(load.window(f"{url}/", seconds=0.1))
            await asyncio.sleep(0.05)
            time.sleep(0.5)  # noqa: ASYNC251 - as in a kernel: only the answer wakes the loop
            await later(turns)
            with pytest.raises(asyncio.CancelledError):
                await running


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX")
async def test_an_interrupt_of_the_parents_process_group_does_not_reach_it() -> None:
    async with LoadProcess() as load:
        assert os.getpgid(load.pid) == load.pid != os.getpgid(0)
        assert os.getsid(load.pid) == os.getsid(0)
