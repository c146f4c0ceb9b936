"""One worker of the finished shop, started as in production."""

import http.client
import os
import secrets
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from app.lab.load.process import start_module
from app.lab.services.sockets import free_port

PATIENCE = 60.0
"""Seconds that a worker may take to answer, or to exit."""
ATTEMPT = 0.002
"""Seconds between two attempts to reach it."""
SECRET = {"ENVIRONMENT": "production", "SECRET_KEY": secrets.token_hex(32)}
"""Required in production; tokens for the worker have to be issued with it."""

_NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"


@dataclass(frozen=True)
class Worker:
    pid: int
    url: str
    seconds: float
    """From the start of its process to its first response."""


@contextmanager
def worker(environment: Mapping[str, str]) -> Iterator[Worker]:
    """Yields a worker that answers. Raises ``RuntimeError`` if it does not start."""
    port = free_port()
    command = ("app.main:app", "--port", str(port), "--no-access-log", "--log-level", "warning")
    begin = time.perf_counter()
    process = start_module("uvicorn", *command, environment={**environment, **SECRET})
    try:
        _await_answer(process, port)
        yield Worker(process.pid, f"http://127.0.0.1:{port}", time.perf_counter() - begin)
    finally:
        _stop(process)


@contextmanager
def precompiled(environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yields an ``environment`` in which all of a worker's code is already compiled to bytecode, as
    after any earlier start; even if this process must not write bytecode. Compiling would take half
    a second and some megabytes."""
    with TemporaryDirectory() as folder:
        bytecode = {_NO_BYTECODE: "", "PYTHONPYCACHEPREFIX": folder}
        complete = {**environment, **(bytecode if os.environ.get(_NO_BYTECODE) else {})}
        with worker(complete):
            pass
        yield complete


def _await_answer(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        if _is_alive(port):
            return
        time.sleep(ATTEMPT)
    raise RuntimeError("The worker did not start.")


def _is_alive(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
