"""What a request costs before and after a lesson."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx
from sqlalchemy import event
from sqlalchemy.orm import Mapper

from app.course.work import Work
from app.lab.serving.server import Server
from tests.course.rungs import client_of, work_of

Pair = tuple[Server, Server]
"""The shop before and after a lesson."""
Pairs = Callable[[str], Pair]


class Cost(NamedTuple):
    work: Work
    objects: int
    """ORM objects that were created from rows."""
    body: Any


@contextmanager
def counted_objects() -> Iterator[list[object]]:
    loaded: list[object] = []

    def record(entity: object, _: object) -> None:
        loaded.append(entity)

    event.listen(Mapper, "load", record)
    try:
        yield loaded
    finally:
        event.remove(Mapper, "load", record)


def cost(server: Server, path: str, *, warm: bool) -> Cost:
    with client_of(server) as client, counted_objects() as loaded:
        # Either way, the connection is already open.
        work_of(server, lambda: client.get(path if warm else "/api/users/2"))
        loaded.clear()
        responses = []

        def request() -> httpx.Response:
            responses.append(client.get(path))
            return responses[0]

        work = work_of(server, request)
    return Cost(work, len(loaded), responses[0].json())


def costs(pair: Pair, path: str, *, warm: bool = True) -> tuple[Cost, Cost]:
    """The cost of a read before and after a lesson: that of the second of two equal requests.

    With ``warm=False`` it is that of the first one, which is not cached yet.
    """
    before, after = (cost(server, path, warm=warm) for server in pair)
    assert before.body == after.body
    return before, after


def people_of(post: dict[str, Any]) -> set[int]:
    return {post["author"]["id"], *(comment["author"]["id"] for comment in post["comments"])}
