"""Small applications behind a real server."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.middleware import Middleware

from app.lab.serving.prompt_uvicorn import PromptUvicorn
from app.shop.errors import answer_with_problems


def make_app(*layers: Middleware) -> FastAPI:
    """An application inside of these layers, outermost first, with the shop's own problems."""
    app = FastAPI(middleware=list(layers))
    answer_with_problems(app)
    return app


@contextmanager
def serve(app: Any, **options: Any) -> Iterator[str]:
    """Yields the URL of a server with a thread and an event loop of its own.

    ``options`` are uvicorn's.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = PromptUvicorn(uvicorn.Config(app, log_level="critical", **options))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.stop()
            thread.join()


def connect(url: str) -> socket.socket:
    """A connection to the server, for what a well-behaved client never sends."""
    host, port = url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=5)


def read_status(connection: socket.socket) -> int:
    """The status of the next answer, which is read to its end."""
    answer = HTTPResponse(connection)
    answer.begin()
    answer.read()
    return answer.status


def read_answer(connection: socket.socket) -> str:
    """Everything until the server closes the connection."""
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received.decode()
