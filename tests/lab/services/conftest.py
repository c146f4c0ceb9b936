"""A state directory of their own for tests, and nothing left running after them."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.lab.services import connect
from tests.lab.services.processes import end_all_of, kill_all_of


@pytest.fixture
def empty_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty ``COURSE_HOME``, with a short path that an unprivileged user can enter."""
    with new_home() as made:
        environment(monkeypatch, made)
        yield made


@pytest.fixture(scope="session")
def used_home() -> Iterator[Path]:
    """A ``COURSE_HOME`` with a data directory and a template, and nothing running."""
    with new_home() as made:
        # Not for longer than that: the tests of other folders use the real data.
        with pytest.MonkeyPatch.context() as patch:
            environment(patch, made)
            with connect("once") as client:
                client.lease()
            end_all_of(made)
        yield made


@pytest.fixture
def home(used_home: Path, empty_home: Path) -> Path:
    """A ``COURSE_HOME`` that has been used before, which saves most of the first start."""
    if sys.platform == "win32":
        shutil.copytree(used_home, empty_home, dirs_exist_ok=True)
    else:  # with its owners
        subprocess.run(["cp", "-a", f"{used_home}/.", empty_home], check=True)
    return empty_home


@contextmanager
def new_home() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="svc-", dir=parent_of_homes()))
    made.chmod(0o755)
    try:
        yield made
    finally:
        kill_all_of(made)
        shutil.rmtree(made)


def parent_of_homes() -> Path | None:
    """In memory where that is possible: the disk is the slowest part of these tests."""
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
