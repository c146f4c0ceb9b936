"""Profiles a shop while it answers requests."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from app.course.shop import Shop
from app.lab.load import Target
from app.lab.load.errors import LoadError
from app.lab.load.process import LoadProcess
from app.lab.serving.inside import without_waiting
from app.lab.serving.stacks import Samples, merged, of_application, of_event_loops
from app.lab.serving.workers import Workers
from app.lab.tools.profiling import py_spy
from app.lab.tools.profiling.profile import Profile
from app.lab.tools.profiling.started import Started
from app.shop.settings import Settings

T = TypeVar("T")

CONNECTIONS = 2
"""That are kept busy: the next request is there when one is answered."""
_WINDOW_SECONDS = 0.4


async def profile_running(
    workers: Workers, path: str, *, seconds: float, idle: bool, inside: bool
) -> Profile:
    """Attach py-spy to each of the workers; sample them from inside where that is refused, or if
    ``inside``. Raises ``CourseError`` where no request succeeds, and where py-spy fails."""
    command = _shown(["--pid", str(workers.pids[0]), *py_spy.options(seconds, idle=idle)])
    target = Target(workers.url + path)
    note = ""
    if not inside:
        workers.let_others_look()
        try:
            recording = _by_py_spy(workers, seconds, idle=idle)
            samples, requests = await _under_load(target, recording)
        except py_spy.PySpyRefused as refusal:
            note = f"{refusal} This is what pyinstrument sees from inside the process."
        else:
            chosen = of_event_loops(samples) if idle else of_application(samples)
            return Profile(path, chosen, "py-spy", command, requests)
    samples, requests = await _under_load(target, _by_pyinstrument(workers, seconds))
    chosen = of_event_loops(samples) if idle else without_waiting(samples)
    return Profile(path, chosen, "pyinstrument", command, requests, note)


async def profile_from_start(
    shop: Shop, settings: Settings, path: str, *, seconds: float, idle: bool
) -> Profile:
    """Have py-spy start the shop and record all of its processes. Raises ``PySpyRefused``, and
    ``CourseError`` as above."""
    options = ["--subprocesses", *py_spy.options(0, idle=idle)[2:]]
    async with Started(shop, settings, options) as started:
        _, requests = await _under_load(Target(started.url + path), asyncio.sleep(seconds))
        samples = await started.samples()
    return Profile(path, samples, "py-spy", started.command, requests)


async def _by_py_spy(workers: Workers, seconds: float, *, idle: bool) -> Samples:
    recordings = (py_spy.record(pid, seconds, idle=idle) for pid in workers.pids)
    return merged(await asyncio.gather(*recordings))


async def _by_pyinstrument(workers: Workers, seconds: float) -> Samples:
    await asyncio.to_thread(workers.sample)
    try:
        await asyncio.sleep(seconds)
    finally:
        samples = await asyncio.to_thread(workers.sampled)
    return samples


async def _under_load(target: Target, work: Awaitable[T]) -> tuple[T, int]:
    """What ``work`` returns, and how many requests were answered until then."""
    async with LoadProcess() as load:
        await load.window(target, connections=CONNECTIONS, seconds=_WINDOW_SECONDS)
        working = asyncio.ensure_future(work)
        requests = 0
        try:
            while not working.done():
                window = await load.window(target, connections=CONNECTIONS, seconds=_WINDOW_SECONDS)
                requests += window.requests
            found = await working
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
    if not requests:
        raise LoadError(f"No request to {target.url} was answered with success.")
    return found, requests


def _shown(options: list[str]) -> str:
    return " ".join(["py-spy", "record", *options])
