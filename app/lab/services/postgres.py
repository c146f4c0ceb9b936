"""A PostgreSQL server of our own: made, started, stopped, mended."""

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from app.lab.services.binaries import PostgresPrograms
from app.lab.services.errors import ServicesError
from app.lab.services.paths import Instance
from app.lab.services.processes import (
    end,
    end_left_over,
    give_to_servers,
    is_alive,
    run,
    servers_can_enter,
    spawn,
)
from app.lab.services.sockets import free_port

if TYPE_CHECKING:
    import psutil

SOCKET_PORT = 5432
ATTEMPTS = 5
START_SECONDS = 60.0
STOP_SECONDS = 20.0

SETTINGS = {
    # Twice the default: all kernels of a user share this server, and each has a pool or several.
    "max_connections": "200",
    "timezone": "UTC",
    "log_checkpoints": "off",
    "cluster_name": "course",
}


class StartError(Exception):
    """The server ended instead of starting. The message is what it said last."""

    @property
    def in_use(self) -> bool:
        """Whether processes of a killed server still hold the data directory."""
        return "shared memory" in str(self)


class PostgresServer:
    """One data directory and the server on it."""

    def __init__(
        self, instance: Instance, programs: PostgresPrograms, sockets: Path | None
    ) -> None:
        self.programs = programs
        self._instance = instance
        self._sockets = sockets
        self._data = instance.directory / f"postgres-{programs.major}"
        self._log = instance.directory / "postgres.log"
        self._password_file = instance.directory / "postgres.password"
        self._port = SOCKET_PORT
        self._process: asyncio.subprocess.Process | None = None
        self._started = False

    @property
    def url(self) -> str:
        """Of the database ``postgres``, for asyncpg."""
        if self._sockets:
            host = quote(str(self._sockets), safe="")
            return f"postgresql://postgres@/postgres?host={host}&port={self._port}"
        password = self._password_file.read_text()
        return f"postgresql://postgres:{password}@127.0.0.1:{self._port}/postgres"

    @property
    def running(self) -> bool:
        if not self._started:
            return False
        if self._process is not None:
            return self._process.returncode is None
        return self._left_over() is not None

    async def start(self) -> None:
        """Start the server, making or mending its data directory first; ServicesError if not."""
        if not servers_can_enter(self._instance.directory):
            raise ServicesError(
                "PostgreSQL does not run as root, and the user it runs as instead cannot enter "
                f"{self._instance.directory.parent}; set COURSE_HOME to a directory that every "
                "user can enter."
            )
        await self._stop_left_over()
        if not self._is_complete():
            await self._initialise()
        try:
            await self._start()
        except StartError as error:
            await self._start_again(error)

    async def _start_again(self, error: StartError) -> None:
        """Whatever is wrong with the data directory: all that is in it can be made again."""
        try:
            if error.in_use:
                raise error
            await self._initialise()
            await self._start()
        except StartError as last:
            raise ServicesError(
                f"PostgreSQL does not start: {last} (more in {self._log})."
            ) from None

    async def stop(self) -> None:
        """Stop the server; its clients are disconnected."""
        if not self._started:
            return
        self._started = False
        if self._process is not None:
            # Fast shutdown, then immediate.
            quit_signal = getattr(signal, "SIGQUIT", signal.SIGTERM)
            await end(self._process, (signal.SIGINT, STOP_SECONDS), (quit_signal, 5.0))
        else:
            await self._control("stop", "-m", "fast")

    def _is_complete(self) -> bool:
        try:
            return (self._data / "PG_VERSION").read_text().strip() == str(self.programs.major)
        except OSError:
            return False

    async def _initialise(self) -> None:
        """Make the data directory: beside its place, then moved, so that it is whole or absent."""
        await asyncio.to_thread(shutil.rmtree, self._data, ignore_errors=True)
        parent = self._instance.directory
        for unfinished in parent.glob("initdb-*"):
            await asyncio.to_thread(shutil.rmtree, unfinished, ignore_errors=True)
        password = self._password()
        fresh = Path(tempfile.mkdtemp(dir=parent, prefix="initdb-"))
        give_to_servers(fresh)
        words, word_file = tempfile.mkstemp(dir=fresh)
        os.write(words, password.encode())
        os.close(words)
        give_to_servers(Path(word_file))
        data = fresh / "data"
        code, said = await run(
            [
                self.programs.program("initdb"),
                *("-D", data, "-U", "postgres", "--no-sync", "--locale=C", "--encoding=UTF8"),
                # The socket's directory is closed to others; a TCP port is not.
                *("--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={word_file}"),
            ]
        )
        if code != 0:
            await asyncio.to_thread(shutil.rmtree, fresh, ignore_errors=True)
            raise ServicesError(f"PostgreSQL's data directory cannot be made: {_last_line(said)}.")
        data.rename(self._data)
        await asyncio.to_thread(shutil.rmtree, fresh, ignore_errors=True)

    def _password(self) -> str:
        password = secrets.token_urlsafe(24)
        self._password_file.unlink(missing_ok=True)
        descriptor = os.open(self._password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(password)
        return password

    async def _start(self) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                await self._start_once()
                return
            except StartError as error:
                # A port may be taken by someone else, and the children of a killed server
                # need a moment to let go of its memory.
                again = not self._sockets or error.in_use
                if not again or attempt == ATTEMPTS:
                    raise
                await asyncio.sleep(0.5 * attempt)

    async def _start_once(self) -> None:
        if not self._sockets:
            self._port = free_port()
        if sys.platform == "win32":
            # pg_ctl gives up administrators' rights, which PostgreSQL refuses to run with.
            options = " ".join(f'"{option}"' for option in self._options())
            await self._control("start", "-l", str(self._log), "-o", options)
        else:
            with self._log.open("wb") as log:
                self._process = await spawn(
                    [self.programs.program("postgres"), "-D", self._data, *self._options()],
                    as_server=True,
                    stderr=log,
                    stdout=log,
                    end_signal=signal.SIGINT,
                    cwd=Path("/"),
                )
        self._started = True
        await self._until_ready()

    def _options(self) -> list[str]:
        settings = dict(SETTINGS)
        if self._sockets:
            settings |= {"listen_addresses": "", "unix_socket_permissions": "0700"}
            settings["unix_socket_directories"] = _listed(self._sockets)
        else:
            settings |= {"listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        pairs = [f"{name}={value}" for name, value in settings.items()]
        return ["-p", str(self._port), *(part for pair in pairs for part in ("-c", pair))]

    async def _until_ready(self) -> None:
        import asyncpg

        deadline = asyncio.get_running_loop().time() + START_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            with contextlib.suppress(OSError, asyncpg.PostgresError, TimeoutError):
                connection = await asyncpg.connect(self.url, timeout=5)
                await connection.close()
                return
            if not self.running:
                self._started = False
                raise StartError(_last_line(self._log.read_text(errors="replace")))
            await asyncio.sleep(0.02)
        await self.stop()
        raise StartError(f"no answer within {START_SECONDS:.0f} s")

    async def _control(self, action: str, *arguments: str) -> None:
        code, said = await run(
            [self.programs.program("pg_ctl"), action, "-w", "-D", self._data, *arguments]
        )
        if code != 0 and action == "start":
            raise StartError(_last_line(said))

    def _left_over(self) -> "psutil.Process | None":
        """The server that runs on our data directory, if there is one."""
        import psutil

        try:
            number = int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])
            process = psutil.Process(number)
            ours = str(self._data) in process.cmdline()
        except (OSError, ValueError, psutil.Error):
            return None
        return process if ours and is_alive(process) else None

    async def _stop_left_over(self) -> None:
        """End what an earlier supervisor left, and forget a process id that is someone else's."""
        if process := self._left_over():
            if sys.platform == "win32":
                await self._control("stop", "-m", "fast")
            else:
                await end_left_over(process, signal.SIGINT, STOP_SECONDS)
        (self._data / "postmaster.pid").unlink(missing_ok=True)


def _listed(directory: Path) -> str:
    """``directory`` as an entry of a list of paths in PostgreSQL's configuration."""
    escaped = str(directory).replace('"', '""')
    return f'"{escaped}"'


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    # What is fatal says more than the hints that may follow it.
    grave = [line for line in lines if "FATAL" in line or "error:" in line]
    return (grave or lines or ["it said nothing"])[-1].rstrip(".")
