"""Profiles of real processes: which function dominates, by a clear margin."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.lab.serving.workers import Workers
from app.lab.tools.profiling import py_spy
from app.lab.tools.profiling.profile import Profile
from app.lab.tools.profiling.profiling import profile_from_start, profile_running
from app.lab.tools.profiling.py_spy import PySpyRefused
from tests.lab.tools.profiling.sick import PATH, SETTINGS, SHOP

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    started = Workers(SHOP, SETTINGS)
    yield started
    started.stop()


async def profiled(workers: Workers, *, idle: bool, inside: bool = False) -> Profile:
    return await profile_running(workers, PATH, seconds=1, idle=idle, inside=inside)


@pytest.mark.parametrize("inside", [False, True])
async def test_a_processor_s_time_is_that_of_code_that_computes(
    workers: Workers, *, inside: bool
) -> None:
    seen = await profiled(workers, idle=False, inside=inside)
    assert seen.requests > 0
    assert seen.share("computes") > 0.5
    # On a busy machine, a thread that has just been woken counts as running for a while.
    assert seen.share("blocks") < seen.share("computes") / 2
    assert seen.sampler == ("pyinstrument" if inside or seen.note else "py-spy")


@pytest.mark.parametrize("inside", [False, True])
async def test_a_blocked_loop_is_seen_only_where_waiting_counts(
    workers: Workers, *, inside: bool
) -> None:
    seen = await profiled(workers, idle=True, inside=inside)
    assert seen.share("blocks") > 0.2
    assert seen.share("sick") > seen.share("blocks")


async def test_where_py_spy_is_refused_the_process_samples_itself(
    workers: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing = tmp_path / "py-spy"
    refusing.write_text(
        "#!/bin/sh\necho 'Error: Operation not permitted (os error 1)' >&2\nexit 1\n"
    )
    refusing.chmod(0o755)
    monkeypatch.setattr(py_spy, "program", lambda: str(refusing))
    seen = await profiled(workers, idle=False)
    assert seen.sampler == "pyinstrument"
    assert py_spy.REMEDY in seen.note
    assert seen.share("computes") > 0.5
    with pytest.raises(PySpyRefused):
        await profile_from_start(SHOP, SETTINGS, PATH, seconds=1, idle=False)


async def test_processes_are_recorded_from_their_start() -> None:
    try:
        seen = await profile_from_start(SHOP.with_workers(2), SETTINGS, PATH, seconds=1, idle=False)
    except PySpyRefused:
        pytest.skip("the system refuses py-spy even for its own children")
    assert len(seen.processes) >= 3  # a parent and two workers
    assert "--subprocesses" in seen.command
    assert seen.share("computes") > 0
    assert "importlib" in seen.text()
    assert not relatives(os.getpid(), "py-spy")


async def test_an_interrupt_ends_py_spy() -> None:
    task = asyncio.create_task(profile_from_start(SHOP, SETTINGS, PATH, seconds=100, idle=False))
    async with asyncio.timeout(60):
        while not relatives(os.getpid(), "py-spy") and not task.done():  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not relatives(os.getpid(), "py-spy")
    assert not relatives(os.getpid(), "app.lab.tools.profiling.family")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_nothing_outlives_a_killed_kernel() -> None:
    """Neither what py-spy has started nor the py-spy that looks at what the kernel has started."""
    with subprocess.Popen([sys.executable, "-m", "tests.lab.tools.profiling.sick"]) as kernel:
        deadline = time.monotonic() + 60
        while len(relatives(kernel.pid, "py-spy")) < 2 and kernel.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(0.5)
        family = psutil.Process(kernel.pid).children(recursive=True)
        assert len(family) >= 4
        kernel.kill()
    _, alive = psutil.wait_procs(family, timeout=30)
    assert not alive


def relatives(pid: int, program: str) -> list[psutil.Process]:
    """The descendants that run ``program``."""
    found = []
    for child in psutil.Process(pid).children(recursive=True):
        try:
            if any(program in part for part in child.cmdline()):
                found.append(child)
        except psutil.Error:
            pass
    return found


AS_ROOT = sys.platform != "win32" and os.geteuid() == 0
BUSY = """
import time
def busy(end):
    while time.time() < end:
        pass
busy(time.time() + 1.5)
"""


@pytest.mark.skipif(not AS_ROOT, reason="the other tests run as an ordinary user already")
def test_an_ordinary_user_profiles_what_they_start() -> None:
    python = Path("/usr/bin/python3")
    if not python.exists():
        pytest.skip("there is no Python that another user may run")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        result = Path(folder) / "stacks.txt"
        command = [py_spy.program(), "record", *py_spy.options(1, idle=False)]
        done = subprocess.run(
            [*command, "--output", str(result), "--", str(python), "-c", BUSY],
            user="nobody", cwd="/", capture_output=True, text=True, check=False,
        )  # fmt: skip
        py_spy.check(done.returncode, done.stderr)
        samples = py_spy.parsed(result.read_text())
    assert Profile("/", samples, "py-spy", "").share("busy") > 0.5


@pytest.mark.skipif(not AS_ROOT, reason="needs a process of another user")
def test_another_user_s_process_is_refused() -> None:
    command = [py_spy.program(), "record", *py_spy.options(1, idle=False), "--output", "/dev/null"]
    done = subprocess.run(
        [*command, "--pid", str(os.getpid())],
        user="nobody", cwd="/", capture_output=True, text=True, check=False,
    )  # fmt: skip
    with pytest.raises(PySpyRefused):
        py_spy.check(done.returncode, done.stderr)
