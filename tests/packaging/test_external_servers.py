"""The course on external servers, such as those of Docker Compose or a workshop's host."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import nbformat
import pytest
import redis
from nbclient import NotebookClient

from tests.programs import find_program

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="starts the servers in the POSIX way"),
]

NOTEBOOK = Path(__file__).parents[2] / "notebooks/02_pooling.ipynb"
AS_ROOT = sys.platform != "win32" and os.geteuid() == 0
USER = "nobody" if AS_ROOT else None
"""PostgreSQL refuses to run as root."""


@dataclass(frozen=True)
class Servers:
    database_url: str
    redis_url: str


@pytest.fixture
def servers() -> Iterator[Servers]:
    """The system's PostgreSQL and Redis, on free ports and in a temporary directory."""
    initdb, redis_server = find_program("initdb"), find_program("redis-server")
    with ExitStack() as stack:
        # Not pytest's, which other users cannot enter, and whose path is too long for a socket.
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="given-")))
        if USER:
            shutil.chown(directory, USER)
        data = directory / "data"
        run(initdb, "--auth=trust", "--username=teacher", "--no-sync", f"--pgdata={data}")
        port, redis_port = free_port(), free_port()
        here = ("-c", f"unix_socket_directories={directory}", "-c", "listen_addresses=127.0.0.1")
        postgres = (initdb.with_name("postgres"), "-D", data, "-p", port, *here)
        stack.enter_context(running(*postgres, port=port))
        rules = ("--save", "", "--appendonly", "no", "--dir", directory, "--bind", "127.0.0.1")
        stack.enter_context(running(redis_server, "--port", redis_port, *rules, port=redis_port))
        yield Servers(
            f"postgresql://teacher@127.0.0.1:{port}/postgres", f"redis://127.0.0.1:{redis_port}/0"
        )


def run(*command: object) -> None:
    arguments = [str(part) for part in command]
    completed = subprocess.run(
        arguments, user=USER, cwd="/", capture_output=True, text=True, check=False
    )
    assert completed.returncode == 0, completed.stderr


@contextmanager
def running(*command: object, port: int) -> Iterator[None]:
    arguments = [str(part) for part in command]
    process = subprocess.Popen(
        arguments, user=USER, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while not answers(port):
            assert process.poll() is None, f"{command[0]} exited"
            assert time.monotonic() < deadline, f"{command[0]} does not answer"
            time.sleep(0.05)
        yield
    finally:
        # On SIGTERM, PostgreSQL would wait for its clients to disconnect.
        process.send_signal(signal.SIGINT)
        process.wait(30)


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def databases(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        return {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
    finally:
        await connection.close()


async def test_a_lesson_runs_on_them(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", servers.database_url)
    monkeypatch.setenv("REDIS_URL", servers.redis_url)
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    monkeypatch.setenv("COURSE_SHORT", "1")
    before = await databases(servers.database_url)

    notebook = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    resources = {"metadata": {"path": str(NOTEBOOK.parent)}}
    await NotebookClient(notebook, timeout=180, resources=resources).async_execute()

    created = await databases(servers.database_url) - before
    assert created, "nothing was loaded into the external server"
    with redis.Redis.from_url(servers.redis_url) as client:
        assert client.info("stats")["total_connections_received"] > 1, "Redis was not used"
