"""On a disk with too little room, a sentence says so before PostgreSQL runs into it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.lab.services import Client, ServicesError, connect
from app.lab.services.room import FIRST_START, MB, NEXT_COPY, NEXT_RESERVE, free_bytes, require_room
from tests.lab.services.conftest import environment
from tests.lab.services.databases import databases, things
from tests.lab.services.processes import kill_all


@pytest.fixture
def disk() -> Iterator[Callable[[int], Path]]:
    """Makes a disk of so many megabytes, which the servers can use."""
    mounted: list[Path] = []

    def make(size: int) -> Path:
        place = Path(f"/tmp/disk-{os.getpid()}-{len(mounted)}")
        place.mkdir()
        options = ["-t", "tmpfs", "-o", f"size={size * MB},mode=755", "tmpfs"]
        made = subprocess.run(["mount", *options, place], capture_output=True, check=False)
        if made.returncode:
            place.rmdir()
            pytest.skip("only a privileged user can make a disk of a given size")
        mounted.append(place)
        return place

    if sys.platform != "linux":
        pytest.skip("makes a disk in Linux's way")
    yield make
    for place in mounted:
        kill_all(place)
        subprocess.run(["umount", place], check=True)
        place.rmdir()


@contextmanager
def filled(disk: Path, *, left: int) -> Iterator[None]:
    """Meanwhile, only so many bytes are free."""
    filler = disk / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free_bytes(disk) - left)
    yield
    filler.unlink()


def refusal_of_one_of(client: Client, *, leases: int) -> str:
    try:
        for _ in range(leases):
            client.lease()
    except ServicesError as error:
        return str(error)
    return ""


def test_a_disk_too_small_for_the_data_is_named(
    disk: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = disk(250)
    environment(monkeypatch, home)
    with connect("cramped") as client:
        with pytest.raises(ServicesError) as refused:
            client.lease()
        assert f"needs {FIRST_START / MB:,.0f} MB" in str(refused.value)
        assert f"the disk with {home}" in str(refused.value)
        assert "set COURSE_HOME" in str(refused.value)
        assert client.redis.url


def test_a_disk_that_fills_up_is_named(
    disk: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = disk(FIRST_START // MB + 50)
    environment(monkeypatch, home)
    with connect("cramped") as client:
        assert things(client.lease()) == [1, 2, 3]
        with filled(home, left=NEXT_COPY - MB):
            # Those made in advance may still be handed out.
            assert "A copy of the course's data needs" in refusal_of_one_of(client, leases=3)
        assert things(client.lease()) == [1, 2, 3]


def test_no_copy_is_made_in_advance_on_a_disk_with_little_room(
    disk: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = disk(FIRST_START // MB + 50)
    environment(monkeypatch, home)
    with connect("cramped") as client:
        client.lease()
        with filled(home, left=NEXT_RESERVE - MB):
            client.lease()
            before = databases(client)
            client.lease()
            assert len(databases(client) - before) == 1


def test_room_is_that_of_the_disk(tmp_path: Path) -> None:
    nowhere = tmp_path / "not" / "there"
    require_room(nowhere, 1, "Something small")
    with pytest.raises(
        ServicesError, match=r"Something large needs 1,000,000,000 MB, and the disk"
    ):
        require_room(nowhere, 10**15, "Something large")
