"""Our own PostgreSQL server: creates, starts, stops and repairs it."""

import asyncio
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
    chown_to_server_user,
    is_alive,
    run,
    server_user_can_enter,
    spawn,
    terminate,
    terminate_leftover,
)
from app.lab.services.room import FIRST_START, require_room
from app.lab.services.sockets import free_port

if TYPE_CHECKING:
    import psutil

SOCKET_PORT = 5432
ATTEMPTS = 5
START_SECONDS = 60.0
STOP_SECONDS = 20.0

SETTINGS = {
    # Twice the default: all of a user's kernels share this server, and each has several pools.
    "max_connections": "200",
    "timezone": "UTC",
    "log_checkpoints": "off",
    "cluster_name": "course",
    # Otherwise its log would grow to 1 GB, and stay as large as half of the data when it is not
    # running. See room.LOG.
    "max_wal_size": "128MB",
    "min_wal_size": "32MB",
}


class StartError(Exception):
    """The server exited instead of starting. The message is the last line that it logged."""

    @property
    def in_use(self) -> bool:
        """Whether processes of a killed server still use the data directory."""
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
        """The URL of the database ``postgres``, for asyncpg."""
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
        return self._leftover() is not None

    async def start(self) -> None:
        """Start the server, and create or repair its data directory if necessary.

        Raises ``ServicesError`` if it does not start."""
        if not server_user_can_enter(self._instance.directory):
            raise ServicesError(
                "PostgreSQL does not run as root, and the user it runs as instead cannot enter "
                f"{self._instance.directory.parent}. Set COURSE_HOME to a directory that every "
                "user can enter."
            )
        await self._stop_leftover()
        if not self._is_complete():
            await self._initialize()
        try:
            await self._start()
        except StartError as error:
            await self._recreate_and_start(error)

    async def _recreate_and_start(self, error: StartError) -> None:
        """A damaged data directory need not be repaired: everything in it can be recreated."""
        try:
            if error.in_use:
                raise error
            await self._initialize()
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
            await terminate(self._process, (signal.SIGINT, STOP_SECONDS), (quit_signal, 5.0))
        else:
            await self._control("stop", "-m", "fast")

    def _is_complete(self) -> bool:
        try:
            return (self._data / "PG_VERSION").read_text().strip() == str(self.programs.major)
        except OSError:
            return False

    async def _initialize(self) -> None:
        """Create the data directory elsewhere and rename it, so that it is complete or absent."""
        await asyncio.to_thread(shutil.rmtree, self._data, ignore_errors=True)
        parent = self._instance.directory
        for unfinished in parent.glob("initdb-*"):
            await asyncio.to_thread(shutil.rmtree, unfinished, ignore_errors=True)
        require_room(parent, FIRST_START, "PostgreSQL with the course's data")
        password = self._password()
        fresh = Path(tempfile.mkdtemp(dir=parent, prefix="initdb-"))
        chown_to_server_user(fresh)
        descriptor, password_file = tempfile.mkstemp(dir=fresh)
        os.write(descriptor, password.encode())
        os.close(descriptor)
        chown_to_server_user(Path(password_file))
        data = fresh / "data"
        code, output = await run(
            [
                self.programs.program("initdb"),
                *("-D", data, "-U", "postgres", "--no-sync", "--locale=C", "--encoding=UTF8"),
                # Other users cannot enter the socket's directory, but they can reach a TCP port.
                *("--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={password_file}"),
            ]
        )
        if code != 0:
            await asyncio.to_thread(shutil.rmtree, fresh, ignore_errors=True)
            raise ServicesError(
                f"PostgreSQL's data directory cannot be created: {_last_line(output)}."
            )
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
                # Another process may have taken the port, and the children of a killed server
                # need a moment to release its shared memory.
                retriable = not self._sockets or error.in_use
                if not retriable or attempt == ATTEMPTS:
                    raise
                await asyncio.sleep(0.5 * attempt)

    async def _start_once(self) -> None:
        if not self._sockets:
            self._port = free_port()
        if sys.platform == "win32":
            # pg_ctl drops administrator rights, with which PostgreSQL refuses to run.
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
            settings["unix_socket_directories"] = _list_entry(self._sockets)
        else:
            settings |= {"listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        pairs = [f"{name}={value}" for name, value in settings.items()]
        return ["-p", str(self._port), *(part for pair in pairs for part in ("-c", pair))]

    async def _until_ready(self) -> None:
        import asyncpg

        deadline = asyncio.get_running_loop().time() + START_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            try:
                connection = await asyncpg.connect(self.url, timeout=5)
                await connection.close()
                return
            except (OSError, TimeoutError, asyncpg.CannotConnectNowError):
                pass  # it is still starting
            except asyncpg.PostgresError as error:
                # It runs, but its own database is damaged.
                await self.stop()
                raise StartError(str(error).rstrip(".")) from None
            if not self.running:
                self._started = False
                raise StartError(_last_line(self._log.read_text(errors="replace")))
            await asyncio.sleep(0.02)
        await self.stop()
        raise StartError(f"no answer within {START_SECONDS:.0f} s")

    async def _control(self, action: str, *arguments: str) -> None:
        code, output = await run(
            [self.programs.program("pg_ctl"), action, "-w", "-D", self._data, *arguments]
        )
        if code != 0 and action == "start":
            raise StartError(_last_line(output))

    def _leftover(self) -> "psutil.Process | None":
        """The server that is running on our data directory, if there is one."""
        import psutil

        try:
            pid = int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])
            process = psutil.Process(pid)
            ours = str(self._data) in process.cmdline()
        except (OSError, ValueError, psutil.Error):
            return None
        return process if ours and is_alive(process) else None

    async def _stop_leftover(self) -> None:
        """Stop a server left by an earlier supervisor, and remove a stale PID file."""
        if process := self._leftover():
            if sys.platform == "win32":
                await self._control("stop", "-m", "fast")
            else:
                await terminate_leftover(process, signal.SIGINT, STOP_SECONDS)
        (self._data / "postmaster.pid").unlink(missing_ok=True)


def _list_entry(directory: Path) -> str:
    """``directory`` as an entry in a list of paths in PostgreSQL's configuration."""
    escaped = str(directory).replace('"', '""')
    return f'"{escaped}"'


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    # An error says more than the hints that may follow it.
    errors = [line for line in lines if "FATAL" in line or "error:" in line]
    return (errors or lines or ["it printed nothing"])[-1].rstrip(".")
