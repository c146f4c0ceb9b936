"""Serves an application in a separate process.

``python -m benchmarks.common.app_server MODULE:FUNCTION`` serves the application that the function
returns, with plain uvicorn; with a further argument ``counting``, with the lab's server, as in a
kernel. It prints its port, and exits at the end of stdin.
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
def app_server(
    app: str, *, counting: bool = False, environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Serve ``app``, given as ``MODULE:FUNCTION``, in a new process; yields its URL.

    ``counting``: with the lab's server instead of plain uvicorn."""
    with app_servers({"": app}, counting=counting, environment=environment) as urls:
        yield urls[""]


@contextmanager
def app_servers(
    apps: Mapping[str, str],
    *,
    counting: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Iterator[dict[str, str]]:
    """Like ``app_server``, for several that start concurrently; yields their URLs by name."""
    options = ["counting"] if counting else []
    with ExitStack() as stack:
        processes = {}
        for name, app in apps.items():
            process = start_module(__name__, app, *options, environment=environment)
            stack.callback(stop, process)
            processes[name] = process
        yield {name: _url(apps[name], process) for name, process in processes.items()}


def _url(app: str, process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None
    if not (port := process.stdout.readline()):
        raise RuntimeError(f"The process that was to serve {app} has exited.")
    return f"http://127.0.0.1:{int(port)}"


def serve(app: Any) -> None:
    import uvicorn

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    config = uvicorn.Config(app, access_log=False, log_level="warning")
    threading.Thread(
        target=_announce_and_wait, args=(listener.getsockname()[1],), daemon=True
    ).start()
    server = uvicorn.Server(config)
    server.run(sockets=[listener])
    # Reached only if the server could not start; the thread above would prevent a normal exit.
    os._exit(1)


def serve_counting(app: Any) -> None:
    from app.lab.serving.server import Server

    server = Server(app)
    _announce_and_wait(int(server.url.rsplit(":", 1)[1]))


def load_app(app: str) -> Any:
    """The application returned by the function that ``app`` names as ``MODULE:FUNCTION``."""
    module, _, function = app.partition(":")
    return getattr(import_module(module), function)()


def _announce_and_wait(port: int) -> None:
    """Print the port, and exit at the end of stdin."""
    print(port, flush=True)
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    if sys.argv[2:] == ["counting"]:
        serve_counting(load_app(sys.argv[1]))
    else:
        serve(load_app(sys.argv[1]))
