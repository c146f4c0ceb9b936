"""A PostgreSQL server of the tests' own, to be killed and started again on the same data."""

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

# Every COMMIT takes 20 ms or more, so that whoever kills the server finds some of them under way.
SETTINGS = ("listen_addresses=", "commit_delay=20000", "commit_siblings=0")


class MortalPostgres:
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
        """Makes the data directory and starts."""
        chown_to_server_user(self._folder)
        initdb = self._programs.program("initdb")
        options = ("-U", "postgres", "--no-sync", "--locale=C", "--encoding=UTF8", "-A", "trust")
        code, said = await run([initdb, "-D", self._data, *options])
        assert code == 0, said
        await self.start()

    async def start(self) -> None:
        """Returns when it answers, which after a kill is when it has replayed its log."""
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
        """As if the power failed, for the server and all its processes at once."""
        family = self.freeze()
        for one in family:
            one.kill()
        assert self._process is not None
        self._process.wait()
        psutil.wait_procs(family[1:], timeout=10)

    def freeze(self) -> list[psutil.Process]:
        """It keeps its connections, and answers nothing. Returns its processes, the first first."""
        assert self._process is not None
        first = psutil.Process(self._process.pid)
        first.suspend()  # from now on there will be no more of them
        family = [first, *first.children(recursive=True)]
        self._signal(family[1:], signal.SIGSTOP)
        return family

    def thaw(self) -> None:
        assert self._process is not None
        first = psutil.Process(self._process.pid)
        self._signal([*first.children(recursive=True), first], signal.SIGCONT)

    def _signal(self, processes: list[psutil.Process], number: int) -> None:
        for one in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.send_signal(number)


@contextmanager
def running_postgres() -> Iterator[MortalPostgres]:
    """One with the shop's tables and the rows of the tests."""
    with new_home() as home:
        server = MortalPostgres(find_postgres(home), home)

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
