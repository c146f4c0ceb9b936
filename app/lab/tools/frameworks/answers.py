"""Each framework's answers, and the work that they cause in PostgreSQL, before any load."""

import asyncio
import contextlib
import http.client
import json
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from app.course.work import Work
from app.lab.load import Request
from app.lab.load.sample import decoded
from app.lab.tools.frameworks.counting import CountingProxy, counting_proxy
from app.lab.tools.frameworks.framework import Missing, Start
from app.lab.tools.frameworks.jobs import JOBS, Access, Job, requests_for
from app.lab.tools.frameworks.server import RunningServer, serve_all

COUNTED = 4
"""Requests over which the work is averaged."""
WARM_UP = 8
"""Requests before that, which open connections and prepare statements."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    content_type: str
    body: Any
    """The decoded JSON, or the bytes if it is not JSON."""
    size: int
    """Bytes of the body."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of one framework to one job with one kind of data access."""

    reply: Reply
    work: Work
    """Of ``COUNTED`` requests."""
    statements: tuple[str, ...]
    """The SQL of one request, without transaction control."""


Key = tuple[str, str, Access]
"""Framework, job and access."""


def fetch(url: str, request: Request, timeout: float = 15.0) -> Reply:
    """Send one request; blocking. Raises ``OSError`` or ``HTTPException``."""
    address = url.removeprefix("http://")
    with contextlib.closing(http.client.HTTPConnection(address, timeout=timeout)) as connection:
        headers = dict(request.headers)
        connection.request(request.method, request.quoted_path, request.body or None, headers)
        reply = connection.getresponse()
        body = reply.read()
        content_type = reply.headers.get("content-type", "")
    return Reply(reply.status, content_type, decoded(body), len(body))


async def collect_answers(
    starts: Sequence[Start], database: Mapping[str, str]
) -> tuple[dict[Key, Answer], list[Missing]]:
    """Every framework's answer to every job, and the frameworks that failed to start.

    ``database``: the shop's database, as libpq variables.
    """
    answers: dict[Key, Answer] = {}
    async with AsyncExitStack() as stack:
        # A proxy each: what the pools of the others do in the background is not counted.
        proxies = {
            start.framework.slug: await stack.enter_async_context(counting_proxy(database))
            for start in starts
        }
        running = serve_all(
            starts, lambda start: proxies[start.framework.slug].database, connections=1
        )
        servers, failed = await stack.enter_async_context(running)
        for server in servers:
            for job in JOBS:
                for access in job.accesses:
                    key = (server.framework.slug, job.slug, access)
                    proxy = proxies[server.framework.slug]
                    answers[key] = await _answer(proxy, server, job, access)
    return answers, failed


async def _answer(proxy: CountingProxy, server: RunningServer, job: Job, access: Access) -> Answer:
    requests = requests_for(job, access)
    # psycopg prepares a statement when it is executed for the fifth time.
    for number in range(WARM_UP):
        await asyncio.to_thread(fetch, server.url, requests[number % len(requests)])
    await proxy.settled()
    record = proxy.count()
    for number in reversed(range(COUNTED)):
        reply = await asyncio.to_thread(fetch, server.url, requests[number % len(requests)])
    await proxy.settled()
    work = record.work()
    texts = [span.text for span in record.spans or () if span.kind == "statement"]
    return Answer(
        reply,
        Work(
            requests=COUNTED,
            statements=work.statements,
            round_trips=work.round_trips,
            rows=work.rows,
            sql_bytes=work.sql_bytes,
        ),
        tuple(texts[: len(texts) // COUNTED]),
    )


def differences(answers: Mapping[Key, Answer]) -> dict[Key, str]:
    """The answers that differ from the first framework's to the same job, and how."""
    reference: dict[str, Reply] = {}
    wrong: dict[Key, str] = {}
    for key, answer in answers.items():
        expected = reference.setdefault(key[1], answer.reply)
        if answer.reply.status != 200:
            wrong[key] = f"status {answer.reply.status}"
        elif answer.reply.body != expected.body:
            wrong[key] = f"different body: {json.dumps(answer.reply.body, default=str)[:200]}"
    return wrong
