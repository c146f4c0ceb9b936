"""An application in a process of its own.

``python -m benchmarks.common.served MODULE:FUNCTION`` serves what the function makes with plain
uvicorn, ``… MODULE:FUNCTION counting`` as the lab's server does in a kernel. It prints its port,
and ends when stdin does.
"""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any

from app.lab.load.process import start_module, stop


@contextmanager
def served(
    app: str, *, counting: bool = False, environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Yields the URL of a new process that serves what ``app``, as ``MODULE:FUNCTION``, makes."""
    with served_together({"": app}, counting=counting, environment=environment) as urls:
        yield urls[""]


@contextmanager
def served_together(
    apps: Mapping[str, str],
    *,
    counting: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Iterator[dict[str, str]]:
    """Like ``served``, for several that start at the same time; the URL of each by its name."""
    kind = ["counting"] if counting else []
    with ExitStack() as stack:
        processes = {}
        for name, app in apps.items():
            process = start_module(__name__, app, *kind, environment=environment)
            stack.callback(stop, process)
            processes[name] = process
        yield {name: _url(apps[name], process) for name, process in processes.items()}


def _url(app: str, process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None
    if not (port := process.stdout.readline()):
        raise RuntimeError(f"The process that was to serve {app} ended.")
    return f"http://127.0.0.1:{int(port)}"


def serve(app: Any) -> None:
    import uvicorn

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    config = uvicorn.Config(app, access_log=False, log_level="warning")
    threading.Thread(
        target=_announce_until_stdin_ends, args=(listener.getsockname()[1],), daemon=True
    ).start()
    server = uvicorn.Server(config)
    server.run(sockets=[listener])
    # Only a server that could not start gets here; the thread above would keep it from ending.
    os._exit(1)


def serve_counting(app: Any) -> None:
    from app.lab.serving.server import Server

    server = Server(app)
    _announce_until_stdin_ends(int(server.url.rsplit(":", 1)[1]))


def made(app: str) -> Any:
    """What the function makes that ``app`` names as ``MODULE:FUNCTION``."""
    module, _, function = app.partition(":")
    return getattr(import_module(module), function)()


def _announce_until_stdin_ends(port: int) -> None:
    print(port, flush=True)
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    if sys.argv[2:] == ["counting"]:
        serve_counting(made(sys.argv[1]))
    else:
        serve(made(sys.argv[1]))
