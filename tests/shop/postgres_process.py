"""A PostgreSQL server that tests can kill, freeze and restart on the same data."""

import asyncio
import contextlib
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import psutil
from sqlalchemy.ext.asyncio import create_async_engine

from app.lab.services.binaries import PostgresPrograms, find_postgres
from app.lab.services.processes import chown_to_server_user, run, server_account, server_environment
from app.shop.models import Base
from tests.lab.services.conftest import new_home
from tests.shop.rows import add_rows

# Every COMMIT takes 20 ms or more, so that some are in progress when the server is killed.
SETTINGS = ("listen_addresses=", "commit_delay=20000", "commit_siblings=0")


class PostgresProcess:
    """Listens on a Unix socket in ``folder`` and keeps its data there."""

    def __init__(self, programs: PostgresPrograms, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._data = folder / "data"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def database_url(self) -> str:
        return f"postgresql+asyncpg://postgres@/postgres?host={self._folder}"

    async def create(self) -> None:
        """Create the data directory and start the server."""
        chown_to_server_user(self._folder)
        initdb = self._programs.program("initdb")
        options = ("-U", "postgres", "--no-sync", "--locale=C", "--encoding=UTF8", "-A", "trust")
        code, output = await run([initdb, "-D", self._data, *options])
        assert code == 0, output
        await self.start()

    async def start(self) -> None:
        """Start the server and wait until it accepts connections, if necessary after recovery."""
        self._process = process = self._spawn()
        async with asyncio.timeout(60):
            while True:
                assert process.poll() is None, (self._folder / "log").read_text()
                with contextlib.suppress(OSError, asyncpg.PostgresError):
                    connection = await asyncpg.connect(self.database_url.replace("+asyncpg", ""))
                    await connection.close()
                    return
                await asyncio.sleep(0.01)

    def _spawn(self) -> "subprocess.Popen[bytes]":
        account = server_account()
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [
                    self._programs.program("postgres"),
                    *("-D", self._data, "-k", self._folder),
                    *(part for setting in SETTINGS for part in ("-c", setting)),
                ],
                stdout=log,
                stderr=log,
                env=server_environment(),
                cwd="/",
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def kill(self) -> None:
        """Like a power failure: all processes of the server are killed at once."""
        processes = self.freeze()
        for process in processes:
            process.kill()
        assert self._process is not None
        self._process.wait()
        psutil.wait_procs(processes[1:], timeout=10)

    def freeze(self) -> list[psutil.Process]:
        """Suspend the server: it keeps its connections but does not reply.

        Returns its processes, starting with the postmaster.
        """
        assert self._process is not None
        postmaster = psutil.Process(self._process.pid)
        postmaster.suspend()  # so that it starts no more processes
        processes = [postmaster, *postmaster.children(recursive=True)]
        self._signal(processes[1:], signal.SIGSTOP)
        return processes

    def thaw(self) -> None:
        assert self._process is not None
        postmaster = psutil.Process(self._process.pid)
        self._signal([*postmaster.children(recursive=True), postmaster], signal.SIGCONT)

    def _signal(self, processes: list[psutil.Process], number: int) -> None:
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)


@contextmanager
def running_postgres() -> Iterator[PostgresProcess]:
    """A server with the tables of the shop and the rows of the tests."""
    with new_home() as home:
        server = PostgresProcess(find_postgres(home), home)

        async def fill() -> None:
            await server.create()
            engine = create_async_engine(server.database_url)
            async with engine.begin() as connection:
                await connection.run_sync(Base.metadata.create_all)
            await engine.dispose()
            await add_rows(server.database_url)

        asyncio.run(fill())
        try:
            yield server
        finally:
            server.stop()
