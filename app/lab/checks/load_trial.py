"""Runs a learner's load against a server and records the requests and replies."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from typing import Any

from app.course.loads import LoadObservation
from app.course.shop import Shop
from app.lab.load import Request, Target
from app.lab.load.plan import weighted_order
from app.lab.load.sample import Sample, fetch
from app.lab.serving.arm import Arm
from app.lab.serving.copies import Copies
from app.lab.serving.recorder import Recorder

REQUESTS = 240
"""A number and not a time, so that a slow machine sees as many of them."""
MOST_REQUESTS = 10_000
"""As many as a mix has turns before it begins again; a generator need not end."""
CUSTOMERS = 4
SETTLING_SECONDS = 0.05
TIMEOUT_SECONDS = 60.0


def requests_of(load: Any) -> tuple[Request, ...]:
    """The requests of a load: of any iterable of ``Request``, the first ``MOST_REQUESTS``.

    Raises ``TypeError`` that says what it is instead.
    """
    if isinstance(load, Request):
        return (load,)
    if not isinstance(load, Iterable) or isinstance(load, str | bytes | Mapping):
        raise TypeError(f"a load is a list of Request; this is a {type(load).__name__}")
    requests = tuple(islice(load, MOST_REQUESTS))
    if not requests:
        raise TypeError(f"a load is a list of Request; this {type(load).__name__} is empty")
    for one in requests:
        if not isinstance(one, Request):
            raise TypeError(f"a load is a list of Request; there is a {type(one).__name__} in it")
    return requests


async def try_load(requests: Sequence[Request], shop: Shop, copies: Copies) -> LoadObservation:
    """Sends ``shop`` some hundred of the requests, each as often as its weight says."""
    recorder = Recorder()
    with Arm(shop, copies, around=recorder.around) as arm:
        before = arm.host.total
        replies = await asyncio.to_thread(_sent, Target(arm.url, tuple(requests)))
        await asyncio.sleep(SETTLING_SECONDS)
        work = arm.host.total - before
    counted = sum(reply.expected for reply in replies)
    requested = Counter(visit.path for visit in recorder.visits.requests)
    return LoadObservation(
        requested, recorder.visits.statuses, counted, len(replies) - counted, work
    )


def drawn(mix: Sequence[Request]) -> list[Request]:
    """The first ``REQUESTS`` that the load generator would send."""
    order = weighted_order(mix, [request.weight for request in mix])
    return list(islice(cycle(order), REQUESTS))


def _sent(target: Target) -> list[Sample]:
    with ThreadPoolExecutor(CUSTOMERS) as customers:
        fetched = customers.map(lambda one: fetch(target, one, TIMEOUT_SECONDS), drawn(target.mix))
        return list(fetched)
