"""Measurements take turns, whatever happens to those that wait or measure."""

import asyncio
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from app.lab.machine import measuring_queue
from app.lab.machine.measuring_queue import SWITCH, folder, measuring_turn

HOLDER = """
import asyncio, sys
from app.lab.machine.measuring_queue import measuring_turn

async def hold():
    async with measuring_turn(lambda *_: None):
        print("measuring", flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(hold())
"""
BECOME_NOBODY = """
import concurrent.futures.thread, os, pwd  # what is imported later may be closed to others

os.setgroups([])
os.setuid(pwd.getpwnam("nobody").pw_uid)
asyncio.run"""


@pytest.fixture(autouse=True)
def own_queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, str(tmp_path))


@pytest.fixture
def holder() -> Iterator["subprocess.Popen[str]"]:
    """Another process that measures."""
    yield from holding(HOLDER)


def holding(script: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "measuring\n"
        yield process
        process.kill()


class Notebook:
    """Someone who measures until told to stop."""

    def __init__(self, log: list[str], name: str) -> None:
        self.reports: list[str] = []
        self.reported = asyncio.Event()
        self.done = asyncio.Event()
        self.began = asyncio.Event()
        self.task = asyncio.create_task(self._measure(log, name))

    async def _measure(self, log: list[str], name: str) -> None:
        async with measuring_turn(self._report):
            log.append(name)
            self.began.set()
            await self.done.wait()

    def _report(self, text: str, _done: float) -> None:
        self.reports.append(text)
        self.reported.set()

    async def waits(self, place: int) -> None:
        async with asyncio.timeout(60):
            while not any(f"Place {place} in the queue" in text for text in self.reports):
                await self.reported.wait()
                self.reported.clear()


async def test_the_first_to_come_is_the_first_to_measure() -> None:
    log: list[str] = []
    first = Notebook(log, "first")
    await first.began.wait()
    second = Notebook(log, "second")
    await second.waits(1)
    third = Notebook(log, "third")
    await third.waits(2)
    assert log == ["first"]
    assert second.reports[-1].endswith(" s waited")
    for one, following in ((first, second), (second, third)):
        one.done.set()
        await following.began.wait()
    third.done.set()
    await third.task
    assert log == ["first", "second", "third"]


async def test_nobody_overtakes_one_who_came_earlier() -> None:
    """Even while nobody measures, because the earlier one has not looked yet."""
    earlier = measuring_queue._Queue(folder()).draw()
    later = Notebook([], "later")
    await later.waits(1)
    assert not later.began.is_set()
    earlier.release()
    await asyncio.wait_for(later.began.wait(), 60)
    later.done.set()
    await later.task


async def test_who_is_interrupted_leaves_the_queue() -> None:
    log: list[str] = []
    first, second = Notebook(log, "first"), Notebook(log, "second")
    await first.began.wait()
    third = Notebook(log, "third")
    await third.waits(2)
    second.task.cancel()
    await third.waits(1)
    first.done.set()
    await third.began.wait()
    third.done.set()
    await third.task
    assert log == ["first", "third"]
    assert not list(folder().glob("*.ticket"))


async def test_two_processes_take_turns(holder: "subprocess.Popen[str]") -> None:
    mine = Notebook([], "mine")
    await mine.waits(1)
    assert not mine.began.is_set()
    assert holder.stdin is not None
    holder.stdin.close()
    await asyncio.wait_for(mine.began.wait(), 60)
    mine.done.set()
    await mine.task


async def test_a_holder_that_is_killed_frees_its_place(holder: "subprocess.Popen[str]") -> None:
    mine = Notebook([], "mine")
    await mine.waits(1)
    holder.kill()
    await asyncio.wait_for(mine.began.wait(), 60)
    mine.done.set()
    await mine.task
    assert not list(folder().glob("*.ticket"))


@pytest.mark.skipif(sys.platform == "win32", reason="each user has a queue of their own")
def test_all_users_share_the_queue_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "queue"
    monkeypatch.setattr(measuring_queue, "SHARED", shared)
    monkeypatch.delenv(SWITCH)
    umask = os.umask(0o077)
    try:
        assert folder() == shared
        queue = measuring_queue._Queue(shared)
        ticket, turn = queue.draw(), measuring_queue._lock(queue.turn)
    finally:
        os.umask(umask)
    assert turn is not None
    assert stat.S_IMODE(shared.stat().st_mode) == 0o777
    for one in (ticket, turn):
        assert stat.S_IMODE(one.path.stat().st_mode) == 0o666
        one.release()


@pytest.mark.skipif(sys.platform == "win32", reason="each user has a queue of their own")
@pytest.mark.parametrize("found", ["a link", "a directory of somebody's own", "a file"])
def test_a_directory_that_cannot_be_shared_is_not(
    found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "queue"
    if found == "a link":
        (tmp_path / "target").mkdir()
        (tmp_path / "target").chmod(0o777)
        shared.symlink_to(tmp_path / "target")
    elif found == "a file":
        shared.touch()
        shared.chmod(0o777)
    else:
        shared.mkdir(mode=0o755)
    monkeypatch.setattr(measuring_queue, "SHARED", shared)
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(SWITCH)
    assert folder().is_relative_to(tmp_path / "home")


@pytest.fixture
def holder_as_nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator["subprocess.Popen[str]"]:
    """Another user's process that measures in this machine's queue."""
    with TemporaryDirectory() as parent:  # pytest's own directories are closed to others
        Path(parent).chmod(0o755)
        monkeypatch.setattr(measuring_queue, "SHARED", Path(parent) / "queue")
        monkeypatch.delenv(SWITCH)
        queue = folder()
        assert queue.parent == Path(parent)
        monkeypatch.setenv(SWITCH, str(queue))  # for the other process as well
        yield from holding(HOLDER.replace("asyncio.run", BECOME_NOBODY))


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root may become somebody else"
)
async def test_two_users_take_turns(holder_as_nobody: "subprocess.Popen[str]") -> None:
    mine = Notebook([], "mine")
    await mine.waits(1)
    holder_as_nobody.kill()
    await asyncio.wait_for(mine.began.wait(), 60)
    assert len(list(folder().glob("*.ticket"))) == 1
    mine.done.set()
    await mine.task


async def test_without_locks_it_measures_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> bool:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(measuring_queue, "lock_descriptor", refuse)
    async with measuring_turn(lambda *_: None):
        pass
    assert "does not queue" in capsys.readouterr().err


async def test_it_can_be_switched_off(
    holder: "subprocess.Popen[str]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SWITCH, "off")
    async with measuring_turn(lambda *_: None):
        assert holder.poll() is None
