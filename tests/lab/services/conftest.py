"""Gives tests their own state directory, and leaves nothing running after them."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.lab.services import connect
from tests.lab.services.processes import kill_all, stop_all


@pytest.fixture
def empty_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty ``COURSE_HOME``, with a short path that an unprivileged user can enter."""
    with new_home() as home:
        environment(monkeypatch, home)
        yield home


@pytest.fixture(scope="session")
def used_home() -> Iterator[Path]:
    """A ``COURSE_HOME`` with a data directory and a template, and nothing running."""
    with new_home() as home:
        # Patched no longer than necessary: tests in other folders use the real data.
        with pytest.MonkeyPatch.context() as patch:
            environment(patch, home)
            with connect("once") as client:
                client.lease()
            stop_all(home)
        yield home


@pytest.fixture
def home(used_home: Path, empty_home: Path) -> Path:
    """A ``COURSE_HOME`` that has been used before, which saves most of a first start."""
    if sys.platform == "win32":
        shutil.copytree(used_home, empty_home, dirs_exist_ok=True)
    else:  # preserving owners
        subprocess.run(["cp", "-a", f"{used_home}/.", empty_home], check=True)
    return empty_home


@contextmanager
def new_home() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="svc-", dir=parent_of_homes()))
    home.chmod(0o755)
    try:
        yield home
    finally:
        kill_all(home)
        shutil.rmtree(home)


def parent_of_homes() -> Path | None:
    """In memory if possible, because the disk is the slowest part of these tests."""
    memory = Path("/dev/shm")
    if memory.is_dir() and shutil.disk_usage(memory).free > 2**30:
        return memory
    return None if sys.platform == "win32" else Path("/tmp")


def environment(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("COURSE_HOME", str(home))
    monkeypatch.setenv("COURSE_SEED", "tests.lab.services.tiny_seed")
    monkeypatch.setenv("COURSE_GRACE", "0.3")
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
