"""What each framework answers, and what that makes PostgreSQL do: before any load."""

import asyncio
import contextlib
import http.client
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.course.work import Work
from app.lab.frameworks.counting import CountingProxy, counting_proxy
from app.lab.frameworks.framework import Missing, Start
from app.lab.frameworks.jobs import JOBS, Access, Job, requests_for
from app.lab.frameworks.server import Served, serve_all
from app.lab.load import Request
from app.lab.load.sample import decoded

TIMES = 4
"""Requests over which the work is averaged, after some that open connections and prepare."""
WARM_UP = 8


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    content_type: str
    body: Any
    """The decoded JSON, or the bytes when it is none."""
    size: int
    """Bytes of the body."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One framework, one job, one way to read the database."""

    reply: Reply
    work: Work
    """Of ``TIMES`` requests."""
    statements: tuple[str, ...]
    """The SQL of one of them, without transaction control."""


Key = tuple[str, str, Access]
"""Framework, job and access."""


def ask(url: str, request: Request, timeout: float = 15.0) -> Reply:
    """One reply; blocking. Raises ``OSError`` or ``HTTPException``."""
    address = url.removeprefix("http://")
    with contextlib.closing(http.client.HTTPConnection(address, timeout=timeout)) as connection:
        headers = dict(request.headers)
        connection.request(request.method, request.quoted_path, request.body or None, headers)
        reply = connection.getresponse()
        body = reply.read()
        content_type = reply.headers.get("content-type", "")
    return Reply(reply.status, content_type, decoded(body), len(body))


async def examine(
    starts: Sequence[Start], database: Mapping[str, str]
) -> tuple[dict[Key, Answer], list[Missing]]:
    """Every framework's answer to every job, with the work that PostgreSQL had; and those that do
    not start.

    ``database``: where the shop's data are, in libpq's variables.
    """
    found: dict[Key, Answer] = {}
    async with (
        counting_proxy(database) as proxy,
        serve_all(starts, proxy.database, connections=1) as (live, broken),
    ):
        for served in live:
            for job in JOBS:
                for access in job.accesses:
                    key = (served.framework.slug, job.slug, access)
                    found[key] = await _examined(proxy, served, job, access)
    return found, broken


async def _examined(proxy: CountingProxy, served: Served, job: Job, access: Access) -> Answer:
    requests = requests_for(job, access)
    # psycopg prepares a statement the fifth time it sees it.
    for number in range(WARM_UP):
        await asyncio.to_thread(ask, served.url, requests[number % len(requests)])
    await proxy.settled()
    record = proxy.count()
    for number in reversed(range(TIMES)):
        reply = await asyncio.to_thread(ask, served.url, requests[number % len(requests)])
    await proxy.settled()
    work = record.work()
    texts = [span.text for span in record.spans or () if span.kind == "statement"]
    return Answer(
        reply,
        Work(
            requests=TIMES,
            statements=work.statements,
            round_trips=work.round_trips,
            rows=work.rows,
            sql_bytes=work.sql_bytes,
        ),
        tuple(texts[: len(texts) // TIMES]),
    )


def differences(answers: Mapping[Key, Answer]) -> dict[Key, str]:
    """Who answers something else than the first one does to the same job, and what."""
    first: dict[str, Reply] = {}
    wrong: dict[Key, str] = {}
    for key, answer in answers.items():
        expected = first.setdefault(key[1], answer.reply)
        if answer.reply.status != 200:
            wrong[key] = f"status {answer.reply.status}"
        elif answer.reply.body != expected.body:
            wrong[key] = f"another body: {json.dumps(answer.reply.body, default=str)[:200]}"
    return wrong
