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


def make_app(*middleware: Middleware) -> FastAPI:
    """An application behind ``middleware``, outermost first, with the shop's error responses."""
    app = FastAPI(middleware=list(middleware))
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
    """A raw connection to the server, to send what a well-behaved client never would."""
    host, port = url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=5)


def read_status(connection: socket.socket) -> int:
    """The status of the next response, which is read completely."""
    response = HTTPResponse(connection)
    response.begin()
    response.read()
    return response.status


def read_until_closed(connection: socket.socket) -> str:
    """Everything until the server closes the connection."""
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received.decode()
