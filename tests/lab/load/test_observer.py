"""What the operating system knows of a server in another process."""

import subprocess
import sys

import psutil
import pytest

from app.lab.load import Target, measure
from app.lab.load.ceiling import null_server
from app.lab.load.clocks import LINUX, process_cpu, run_queue_time, thread_cpu
from app.lab.load.observer import ProcessObserver, listeners
from benchmarks.common.app_server import app_server
from benchmarks.tool.apps import PLAIN_APP
from benchmarks.tool.busy import busy_machine
from benchmarks.tool.scripted_server import scripted_server


async def test_cpu_and_memory_are_those_of_the_servers_process() -> None:
    with app_server(PLAIN_APP) as url:
        (pid,) = listeners(Target(url))
        before = psutil.Process(pid).cpu_times()
        found = await measure(f"{url}/burning/20000", seconds=1)
        after = psutil.Process(pid).cpu_times()
        resident = psutil.Process(pid).memory_info().rss
    spent = after.user + after.system - before.user - before.system
    assert found.cost.server_cpu
    # Without the warm-up.
    assert 0.5 * spent < found.cost.server_cpu <= spent + 0.05
    assert found.cost.memory == pytest.approx(resident, rel=0.2)


async def test_a_server_in_this_process_is_found() -> None:
    async with scripted_server() as server:
        found = await measure(server.url, seconds=0.2)
    assert found.cost.server_cpu


def test_the_cost_of_a_stopped_server_is_unknown() -> None:
    with null_server() as url:
        observer = ProcessObserver(Target(url))
        observer.begin(open_loop=False)
    seen = observer.end()
    assert (seen.cpu, seen.memory, seen.growth) == (None, None, None)
    assert listeners(Target(url)) == ()


def test_the_cpu_clock_of_another_process_agrees_with_psutil() -> None:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        clock = psutil.Process(process.pid)
        while clock.cpu_times().user < 0.3:
            pass
        used = clock.cpu_times()
        assert process_cpu(process.pid) == pytest.approx(used.user + used.system, abs=0.1)
        process.kill()
    with pytest.raises(OSError, match=r".*"):
        process_cpu(process.pid)


@pytest.mark.skipif(not LINUX, reason="Linux only")
def test_a_finished_thread_used_no_cpu() -> None:
    assert thread_cpu(2**22 - 1) == 0.0


@pytest.mark.skipif(not LINUX, reason="Linux only")
async def test_a_generator_waiting_for_a_core_reports_it() -> None:
    with null_server() as url, busy_machine():
        busy = await measure(f"{url}/", seconds=0.5)
    (window,) = busy.windows
    assert window.client_queue > 0.1 * window.elapsed
    assert busy.client_bound
    assert run_queue_time() >= 0
