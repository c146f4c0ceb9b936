"""Our own Redis server: no persistence, bounded memory."""

import asyncio
import contextlib
import importlib
import json
import re
import secrets
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from app.lab.services.errors import ServicesError
from app.lab.services.paths import Instance
from app.lab.services.processes import spawn, terminate, terminate_leftover
from app.lab.services.sockets import free_port

ATTEMPTS = 5
START_SECONDS = 20.0

SETTINGS = {
    "save": "",
    "appendonly": "no",
    "daemonize": "no",
    "maxmemory": "256mb",
    # It is a cache: evict the least recently used keys.
    "maxmemory-policy": "allkeys-lru",
}


class RedisServer:
    """One Redis process."""

    def __init__(self, instance: Instance, program: Path, sockets: Path | None) -> None:
        self._program = program
        self._socket = sockets / "redis.sock" if sockets else None
        self._log = instance.directory / "redis.log"
        self._record = instance.directory / "redis.json"
        self._port = 0
        self._password = secrets.token_urlsafe(24)
        self.name: str | None = None
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        if self._socket:
            return f"unix://{quote(str(self._socket))}?db=0"
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start the server and wait until it answers. Raises ``ServicesError`` if it does not."""
        await self._stop_leftover()
        for _ in range(1 if self._socket else ATTEMPTS):
            await self._spawn()
            if await self._is_ready():
                return
            await self.stop()
        reason = self._log.read_text(errors="replace").strip().rpartition("\n")[2].rstrip(".")
        raise ServicesError(f"{self._program} does not start: {reason or 'it printed nothing'}.")

    async def stop(self) -> None:
        if self._process is not None:
            await terminate(self._process, (signal.SIGTERM, 5.0))
        self._record.unlink(missing_ok=True)

    async def _spawn(self) -> None:
        import psutil

        if not self._socket:
            self._port = free_port()
        with self._log.open("wb") as log:
            self._process = await spawn(
                # Configured through stdin, so that the password appears in no process list.
                [self._program, "-"],
                as_server=True,
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=None if sys.platform == "win32" else Path("/"),
            )
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(self._configuration().encode())
            await self._process.stdin.drain()
            self._process.stdin.close()
        with contextlib.suppress(psutil.NoSuchProcess):
            created = psutil.Process(self._process.pid).create_time()
            self._record.write_text(json.dumps({"pid": self._process.pid, "created": created}))

    def _configuration(self) -> str:
        settings = dict(SETTINGS)
        if self._socket:
            settings |= {"port": "0", "unixsocket": str(self._socket), "unixsocketperm": "700"}
        else:
            settings |= {"port": str(self._port), "bind": "127.0.0.1"}
            settings["requirepass"] = self._password
        return "".join(f"{name} {_quoted(value)}\n" for name, value in settings.items())

    async def _is_ready(self) -> bool:
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        while self.running and asyncio.get_running_loop().time() < deadline:
            with contextlib.suppress(OSError, TimeoutError):
                self.name = await asyncio.wait_for(self._read_name(), 5)
                return True
            await asyncio.sleep(0.02)
        return False

    async def _read_name(self) -> str:
        """The server's own name. Raises ``OSError`` if it does not answer.

        Speaks the protocol itself: importing the client library takes longer than Redis's start.
        """
        if self._socket:
            reader, writer = await asyncio.open_unix_connection(self._socket)
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            writer.write(f"AUTH {self._password}\r\n".encode())
        try:
            writer.write(b"INFO server\r\nQUIT\r\n")
            reply = (await reader.read(-1)).decode(errors="replace")
        finally:
            writer.close()
        info = dict(re.findall(r"^(\w+):(\S+)", reply, re.MULTILINE))
        if "redis_version" not in info:
            raise ConnectionError(reply)
        return _name(info)

    async def _stop_leftover(self) -> None:
        import psutil

        with contextlib.suppress(OSError, ValueError, KeyError, psutil.Error):
            record = json.loads(self._record.read_text())
            process = psutil.Process(record["pid"])
            # The PID may have been reused; the creation time shows whether it was.
            if abs(process.create_time() - record["created"]) < 1:
                await terminate_leftover(process, signal.SIGTERM, 5.0)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _name(info: Mapping[str, object]) -> str:
    """From ``INFO``. Valkey also reports the version of Redis with which it is compatible."""
    if version := info.get("valkey_version"):
        return f"Valkey {version}"
    return f"Redis {info['redis_version']}"


async def check(url: str) -> str:
    """The name of the server at ``url``, without a version if it does not reveal one.

    Raises ``RedisError`` or ``OSError`` if it does not answer.
    """
    import redis.asyncio
    from redis.exceptions import ResponseError

    client = redis.asyncio.from_url(url, socket_connect_timeout=10, socket_timeout=10)
    try:
        await client.ping()
        try:
            return _name(await client.info("server"))
        except ResponseError:
            return "Redis"
    finally:
        await client.aclose()


async def delete_keys(url: str, prefix: str) -> None:
    """Delete every key that begins with ``prefix``."""
    # In a thread: the first import takes half a second, which would block other clients.
    await asyncio.to_thread(importlib.import_module, "redis.asyncio")
    import redis.asyncio

    client = redis.asyncio.from_url(url, socket_connect_timeout=10, socket_timeout=30)
    try:
        keys = []
        async for key in client.scan_iter(match=f"{prefix}*", count=1000):
            keys.append(key)
            if len(keys) == 1000:
                await client.unlink(*keys)
                keys.clear()
        if keys:
            await client.unlink(*keys)
    finally:
        await client.aclose()
