"""A Redis server that tests can stop, kill and restart, with command counts."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import redis


class RedisProcess:
    """Listens on a Unix socket in ``folder`` and on a loopback port; snapshots go to ``folder``."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"unix://{self._folder / 'r.sock'}?db=3"

    @property
    def tcp_url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/3"

    def start(self) -> None:
        """Start the server and wait until it accepts connections."""
        options = [
            f"--port {self.port}",
            "--bind 127.0.0.1",
            f"--unixsocket {self._folder / 'r.sock'}",
            f"--dir {self._folder}",
        ]
        self._process = subprocess.Popen(
            [self._program, *" ".join(options).split(), "--save", ""], stdout=subprocess.DEVNULL
        )
        while True:
            try:
                with self.client() as client:
                    client.ping()
                return
            except redis.ConnectionError:
                assert self._process.poll() is None, "the server did not start"
                time.sleep(0.01)

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url)

    def kill(self) -> None:
        """Like a power failure: nothing is saved, and no connection is closed cleanly."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """Suspend the server: it keeps its connections but does not reply."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    def commands(self) -> dict[str, int]:
        """The number of calls of each command since ``reset_commands``, as Redis counts them."""
        with self.client() as client:
            said = client.info("commandstats")
        assert isinstance(said, dict)
        counts = {name.removeprefix("cmdstat_"): one["calls"] for name, one in said.items()}
        ours = ("info", "config", "client", "select", "hello", "ping")
        return {name: n for name, n in counts.items() if name.split("|")[0] not in ours}

    def reset_commands(self) -> None:
        with self.client() as client:
            client.config_resetstat()
