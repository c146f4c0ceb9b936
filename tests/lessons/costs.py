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
"""The shop as a lesson finds it, and as it leaves it."""
Pairs = Callable[[str], Pair]


class Cost(NamedTuple):
    work: Work
    objects: int
    """Entities that were made of rows."""
    answer: Any


@contextmanager
def counted_objects() -> Iterator[list[object]]:
    made: list[object] = []

    def note(entity: object, _: object) -> None:
        made.append(entity)

    event.listen(Mapper, "load", note)
    try:
        yield made
    finally:
        event.remove(Mapper, "load", note)


def cost(server: Server, path: str, *, warm: bool) -> Cost:
    with client_of(server) as client, counted_objects() as made:
        # Either way the connection is open.
        work_of(server, lambda: client.get(path if warm else "/api/users/2"))
        made.clear()
        answers = []

        def request() -> httpx.Response:
            answers.append(client.get(path))
            return answers[0]

        work = work_of(server, request)
    return Cost(work, len(made), answers[0].json())


def costs(pair: Pair, path: str, *, warm: bool = True) -> tuple[Cost, Cost]:
    """What a read costs before and after a lesson: the second of two equal requests, or with
    ``warm=False`` the first, which no cache knows."""
    found, left = (cost(server, path, warm=warm) for server in pair)
    assert found.answer == left.answer
    return found, left


def people_of(post: dict[str, Any]) -> set[int]:
    return {post["author"]["id"], *(comment["author"]["id"] for comment in post["comments"])}
