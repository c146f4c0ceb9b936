"""What the operating system tells of a server in another process."""

import subprocess
import sys

import psutil
import pytest

from app.lab.load import Target, measure
from app.lab.load.ceiling import null_server
from app.lab.load.clocks import LINUX, process_cpu, thread_cpu, time_in_queue
from app.lab.load.observer import Outside, listeners
from benchmarks.tool.busy import busy_machine
from benchmarks.tool.served import served
from benchmarks.tool.servers import serving


async def test_the_servers_cpu_and_memory_are_its_processs() -> None:
    with served("plain") as url:
        (pid,) = listeners(Target(url))
        before = psutil.Process(pid).cpu_times()
        found = await measure(f"{url}/burning/20000", seconds=1)
        after = psutil.Process(pid).cpu_times()
        resident = psutil.Process(pid).memory_info().rss
    spent = after.user + after.system - before.user - before.system
    assert found.cost.server_cpu
    # The warm-up is not in it.
    assert 0.5 * spent < found.cost.server_cpu <= spent + 0.05
    assert found.cost.memory == pytest.approx(resident, rel=0.2)


async def test_a_server_in_this_process_is_found_too() -> None:
    async with serving() as server:
        found = await measure(server.url, seconds=0.2)
    assert found.cost.server_cpu


def test_a_server_that_is_gone_costs_nothing_known() -> None:
    with null_server() as url:
        observer = Outside(Target(url))
        observer.begin(open_loop=False)
    seen = observer.end()
    assert (seen.cpu, seen.memory, seen.growth) == (None, None, None)
    assert listeners(Target(url)) == ()


def test_the_clock_of_another_process_agrees_with_psutil() -> None:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        clock = psutil.Process(process.pid)
        while clock.cpu_times().user < 0.3:
            pass
        used = clock.cpu_times()
        assert process_cpu(process.pid) == pytest.approx(used.user + used.system, abs=0.1)
        process.kill()
    with pytest.raises(OSError, match=r".*"):
        process_cpu(process.pid)


@pytest.mark.skipif(not LINUX, reason="only Linux tells")
def test_a_thread_that_is_gone_used_nothing() -> None:
    assert thread_cpu(2**22 - 1) == 0.0


@pytest.mark.skipif(not LINUX, reason="only Linux tells")
async def test_a_generator_that_waits_for_a_core_says_so() -> None:
    with null_server() as url, busy_machine():
        busy = await measure(f"{url}/", seconds=0.5)
    (window,) = busy.windows
    assert window.client_queue > 0.1 * window.elapsed
    assert busy.client_bound
    assert time_in_queue() >= 0
