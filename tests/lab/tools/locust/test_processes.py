"""Nothing of Locust outlives what has started it, however that ends."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from app.lab.services.sockets import free_port
from app.lab.tools.locust.driver_options import DRIVER, DriverOptions
from app.lab.tools.locust.page import LocustPage
from app.lab.tools.locust.plan import Plan
from app.lab.tools.locust.processes import LocustError, locusts
from app.lab.tools.locust.running import run_locust
from tests.lab.load.test_process import ends
from tests.lab.tools.locust.conftest import LOCUSTFILE, Watched

pytestmark = pytest.mark.slow

STUBBORN = LOCUSTFILE.replace(
    'self.client.get("/hello", name="greeting")',
    'self.client.get("/hello")\n        while True: pass',
)
"""Never gives control back to gevent."""

PARENT = f"""
import asyncio, sys
from app.lab.tools.locust.plan import Plan
from app.lab.tools.locust.running import run_locust

FILE = '''{STUBBORN}'''
asyncio.run(run_locust(FILE, Plan(host=sys.argv[1], users=1, seconds=3600)))
"""


async def begun(watched: Watched) -> None:
    """Return once a request has arrived."""
    while not len(watched.recorder.visits):  # noqa: ASYNC110 - the server is in another thread
        await asyncio.sleep(0.01)


def below(process: psutil.Process) -> list[psutil.Process]:
    return list(process.children(recursive=True))


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
@pytest.mark.parametrize("number", ["SIGKILL", "SIGTERM"])
async def test_a_run_ends_with_a_killed_parent(watched: Watched, number: str) -> None:
    command = [sys.executable, "-c", PARENT, watched.url]
    with await asyncio.to_thread(subprocess.Popen, command) as parent:
        await begun(watched)
        started = below(psutil.Process(parent.pid))
        assert len(started) >= 2  # Locust, preloaded, and its run
        parent.send_signal(getattr(signal, number))
    assert all(ends(process) for process in started)


ENDING = f"""
import asyncio, psutil
from app.lab.tools.locust.page import LocustPage
from app.lab.tools.locust.processes import locusts

asyncio.run(LocustPage('''{LOCUSTFILE}''', "http://127.0.0.1:9").started())
host = psutil.Process(locusts().pid)
print(host.pid, *(child.pid for child in host.children(recursive=True)))
"""


def test_a_page_ends_with_its_parent() -> None:
    ran = subprocess.run([sys.executable, "-c", ENDING], stdout=subprocess.PIPE, check=True)
    pids = [int(pid) for pid in ran.stdout.split()]
    assert len(pids) >= 2
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            assert ends(psutil.Process(pid))


async def test_an_interrupt_ends_the_run(watched: Watched) -> None:
    plan = Plan(host=watched.url, users=1, seconds=3600)
    running = asyncio.create_task(run_locust(STUBBORN, plan))
    await begun(watched)
    host = psutil.Process(locusts().pid)
    started = below(host)
    assert started
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert all(ends(process) for process in started)
    assert host.is_running()
    again = await run_locust(LOCUSTFILE, Plan(host=watched.url, users=1, seconds=9, requests=2))
    assert again.total.requests >= 2


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, a run ends after its time")
async def test_a_run_ends_with_a_killed_host(watched: Watched) -> None:
    plan = Plan(host=watched.url, users=1, seconds=3600)
    running = asyncio.create_task(run_locust(STUBBORN, plan))
    await begun(watched)
    host = psutil.Process(locusts().pid)
    started = below(host)
    host.kill()
    with pytest.raises(LocustError, match="has ended"):
        await running
    assert all(ends(process) for process in started)
    assert locusts().alive  # another one


async def test_closing_ends_everything(watched: Watched) -> None:
    plan = Plan(host=watched.url, users=1, seconds=3600)
    running = asyncio.create_task(run_locust(STUBBORN, plan))
    await begun(watched)
    current = locusts()
    host = psutil.Process(current.pid)
    started = [host, *below(host)]
    await asyncio.to_thread(current.close)
    current.close()
    with pytest.raises(LocustError):
        await running
    assert all(ends(process) for process in started)


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX")
def test_an_interrupt_of_this_process_group_does_not_reach_it() -> None:
    assert os.getpgid(locusts().pid) != os.getpgid(0)


async def test_the_page_is_there_until_it_is_closed(watched: Watched) -> None:
    page = await LocustPage(LOCUSTFILE, watched.url).started()
    host = psutil.Process(locusts().pid)
    started = below(host)
    async with httpx.AsyncClient(trust_env=False, base_url=page.url) as client:
        assert watched.url in (await client.get("/")).text
    assert page.url in page._repr_markdown_()
    page.close()
    page.close()
    assert all(ends(process) for process in started)
    async with httpx.AsyncClient(trust_env=False, base_url=page.url) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("/")


async def test_a_page_that_does_not_start_says_why(watched: Watched) -> None:
    with pytest.raises(LocustError, match="No module named 'nonsense_of_mine'"):
        await LocustPage("import nonsense_of_mine\n", watched.url).started()


async def test_a_master_and_two_workers_that_find_each_other_over_tcp(
    watched: Watched, tmp_path: Path
) -> None:
    """As on three machines, here on loopback."""
    file, results, port = tmp_path / "locustfile.py", tmp_path / "results.json", str(free_port())
    file.write_text(LOCUSTFILE)
    files = ["--locustfile", f"{file},{DRIVER}", "--headless"]
    master = ["--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", port]
    master += ["--expect-workers", "2", "--users", "4", "--spawn-rate", "4", "--host", watched.url]
    master += ["--stop-timeout", "10"]
    worker = ["--worker", "--master-host", "127.0.0.1", "--master-port", port]
    runs = [
        locusts().start(
            [*files, *arguments],
            folder=tmp_path,
            log=tmp_path / f"{number}.txt",
            environment=DriverOptions(str(results), 0.5).variables(),
        )
        for number, arguments in enumerate((master, worker, worker))
    ]
    assert [await run.exit_code(60) for run in runs] == [0, 0, 0]
    clients = {visit.client for visit in watched.recorder.visits.requests}
    assert len(clients) == 4  # users, two from each worker
    total = json.loads(results.read_text())["total"]
    assert total["requests"] == len(watched.recorder.visits)
