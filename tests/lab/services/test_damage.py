"""A template database that lost data, after a crash or on a full disk, is loaded again."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.lab.services import connect
from tests.lab.services.databases import query, things
from tests.lab.services.processes import running_for, stop_all


def template_files(home: Path) -> list[Path]:
    """The data files of the template, the largest first. Its server must be running."""
    with connect("witness") as witness:
        assert witness.postgres.url
        (number,) = query(
            witness.postgres.url, "SELECT oid FROM pg_database WHERE datname LIKE 'shop_template_%'"
        )
    (folder,) = home.glob(f"*/postgres-*/base/{number}")
    files = [file for file in folder.iterdir() if file.name.isdigit() and file.stat().st_size]
    return sorted(files, key=lambda file: file.stat().st_size, reverse=True)


def lose_one(files: list[Path]) -> None:
    files[0].unlink()


def lose_a_small_one(files: list[Path]) -> None:
    files[-1].unlink()


def lose_all(files: list[Path]) -> None:
    shutil.rmtree(files[0].parent)


def empty_one(files: list[Path]) -> None:
    files[0].write_bytes(b"")


def overwrite_a_page(files: list[Path]) -> None:
    with files[0].open("r+b") as file:
        file.write(random.Random(1).randbytes(8192))


DAMAGES = (lose_one, lose_a_small_one, lose_all, empty_one, overwrite_a_page)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_template_is_loaded_again(
    home: Path, damage: Callable[[list[Path]], None]
) -> None:
    files = template_files(home)
    stop_all(home)
    damage(files)
    for attempt in ("first", "second"):
        with connect(attempt) as client:
            assert things(client.lease()) == [1, 2, 3]
        stop_all(home)
    assert not running_for(home)


def test_a_template_damaged_meanwhile_is_loaded_again(home: Path) -> None:
    with connect("patient") as client:
        assert things(client.lease()) == [1, 2, 3]
        lose_one(template_files(home))
        # The second may still get the copy that was made in advance.
        assert [things(client.lease()) for _ in range(3)] == [[1, 2, 3]] * 3


def test_an_undamaged_template_is_kept(home: Path) -> None:
    before = template_files(home)
    stop_all(home)
    assert template_files(home) == before


@pytest.mark.parametrize("lost", ["PG_VERSION", "1259"])
def test_a_damaged_database_of_the_server_itself_is_created_again(home: Path, lost: str) -> None:
    with connect("witness") as witness:
        assert witness.postgres.url
        (number,) = query(
            witness.postgres.url, "SELECT oid FROM pg_database WHERE datname = 'postgres'"
        )
    stop_all(home)
    (folder,) = home.glob(f"*/postgres-*/base/{number}")
    (folder / lost).unlink()
    with connect("next") as client:
        assert things(client.lease()) == [1, 2, 3]
