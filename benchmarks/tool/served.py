"""An application of ``apps`` in a process of its own.

``python -m benchmarks.tool.served APP`` serves it with plain uvicorn, ``… APP counting`` as the
lab's server does in a kernel. It prints its port, and ends when stdin does.
"""

import os
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from app.lab.load.process import start_module, stop


@contextmanager
def served(
    app: str, *, counting: bool = False, environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Yields the URL of a new process that serves ``app``."""
    kind = ["counting"] if counting else []
    process = start_module("benchmarks.tool.served", app, *kind, environment=environment)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        stop(process)


def serve(name: str) -> None:
    import uvicorn

    from benchmarks.tool import apps

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    config = uvicorn.Config(getattr(apps, name)(), access_log=False, log_level="warning")
    threading.Thread(
        target=_announce_until_stdin_ends, args=(listener.getsockname()[1],), daemon=True
    ).start()
    uvicorn.Server(config).run(sockets=[listener])


def serve_counting(name: str) -> None:
    from app.lab.server import Server
    from benchmarks.tool import apps

    server = Server(getattr(apps, name)())
    _announce_until_stdin_ends(int(server.url.rsplit(":", 1)[1]))


def _announce_until_stdin_ends(port: int) -> None:
    print(port, flush=True)
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    if sys.argv[2:] == ["counting"]:
        serve_counting(sys.argv[1])
    else:
        serve(sys.argv[1])
