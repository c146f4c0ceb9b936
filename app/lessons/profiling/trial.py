"""Tries a learner's functions in the page directly, with a carrier that counts."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any

import httpx

from app.course.kinds.diagnosis import Functions
from app.lessons.profiling.carrier import Carrier
from app.lessons.profiling.faults import Faults, drawn
from app.lessons.profiling.page import HEADERS, Page
from app.shop import create_app
from app.shop.cache import NoCache
from app.shop.database import open_database
from app.shop.settings import Settings

CLIENTS = 40
PATH = "/api/orders?limit=2"
_OVERLAPPING_SECONDS = 0.01
"""That a call takes where there are many at once, so that they overlap."""
_LATE_SECONDS = 10
"""For tasks that go on after the response."""
_ASK = Carrier.ask


class CountingCarrier(Carrier):
    """One that counts and answers whatever an answer has done to the other class."""

    def ask(self, what: str, country: str) -> str:
        return _ASK(self, what, country)

    count = Carrier.count
    answer = Carrier.answer


@dataclass(frozen=True)
class Batch:
    """Some requests, and what the carrier saw of them."""

    requests: int
    statuses: Counter[int]
    asked: Counter[str]
    on_loop: Counter[str]
    """Of that, in the event loop's own thread."""
    wrong: dict[str, tuple[str | None, str]]
    """What a response said and what the carrier would have answered, by header."""


@dataclass(frozen=True)
class Diagnosed:
    """The faults of this learner's page, and what came of the functions."""

    faults: Faults
    mended: tuple[str, ...]
    """The names of the learner's functions."""
    alone: Batch
    changed: Batch
    """After the carrier has changed its answers."""
    together: Batch
    """``CLIENTS`` at once."""


async def trial(seed: int, functions: Functions, settings: Settings) -> dict[str, Any]:
    """``diagnosed``: a ``Diagnosed``."""
    page = Page(seed).mended(*functions)
    page.carrier = CountingCarrier(seconds=0)
    app = create_app(
        settings.model_copy(update={"pool_timeout": 20.0}),
        routers=[page.router],
        middleware=[],
        database=open_database(settings),
        cache=NoCache(),
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://shop") as client,
    ):
        alone = await _batch(client, page.carrier, 1)
        page.carrier.edition += 1
        changed = await _batch(client, page.carrier, 1)
        page.carrier.seconds = _OVERLAPPING_SECONDS
        together = await _batch(client, page.carrier, CLIENTS)
    found = Diagnosed(
        faults=drawn(seed),
        mended=tuple(function.__name__ for function in functions),
        alone=alone,
        changed=changed,
        together=together,
    )
    return {"diagnosed": found}


async def _batch(client: httpx.AsyncClient, carrier: Carrier, requests: int) -> Batch:
    carrier.calls.clear()
    carrier.on_loop.clear()
    before = asyncio.all_tasks()
    answers = await asyncio.gather(*(client.get(PATH) for _ in range(requests)))
    if late := asyncio.all_tasks() - before:
        await asyncio.wait(late, timeout=_LATE_SECONDS)
    asked, on_loop = Counter(carrier.calls), Counter(carrier.on_loop)
    wrong = {}
    for answer in answers:
        if answer.status_code == 200:
            country = answer.json()[0]["country"]
            for what, header in HEADERS.items():
                expected = carrier.answer(what, country)
                if answer.headers.get(header) != expected:
                    wrong[header] = answer.headers.get(header), expected
    statuses = Counter(answer.status_code for answer in answers)
    return Batch(requests, statuses, asked, on_loop, wrong)
