"""A small server that Locust runs against, and a locustfile."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fastapi import FastAPI

from app.lab.serving.recorder import Recorder
from app.lab.serving.server import Server

LOCUSTFILE = """
from locust import FastHttpUser, constant, task


class Client(FastHttpUser):
    wait_time = constant(0.01)

    @task
    def hello(self):
        self.client.get("/hello", name="greeting")
"""


@dataclass
class Watched:
    """A server, and what it has seen."""

    server: Server
    recorder: Recorder

    @property
    def url(self) -> str:
        return self.server.url


@pytest.fixture
def watched() -> Iterator[Watched]:
    app = FastAPI()
    app.get("/hello")(lambda: {"hello": "world"})
    app.get("/stall")(lambda: time.sleep(0.4))
    recorder = Recorder()
    with Server(recorder.around(app)) as server:
        yield Watched(server, recorder)
