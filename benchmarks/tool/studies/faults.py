"""Is each way to misbehave named, in bounded time, and never counted as success?"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from time import perf_counter

from app.lab.load import LoadProcess, Unreachable, Window
from benchmarks.tool.finding import Finding, Scale, table
from benchmarks.tool.servers import Behaviour, Server, reply, serving

SECONDS, TIMEOUT, BOUND = 0.3, 0.4, 20.0
"""Of a window; of a reply; after which a window counts as hanging."""


@dataclass(frozen=True)
class Fault:
    name: str
    behave: Behaviour
    kind: str
    """What the result must call it."""
    every: int = 100
    """One request in so many is treated like that, the others are answered."""


async def fails(_server: Server, writer: asyncio.StreamWriter) -> None:
    writer.write(reply(status="500 Oops"))


async def refuses(_server: Server, writer: asyncio.StreamWriter) -> None:
    writer.write(reply(status="404 Not Found"))


async def moves(_server: Server, writer: asyncio.StreamWriter) -> None:
    writer.write(reply(status="307 Elsewhere"))


async def breaks_off(_server: Server, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of it")
    writer.close()


async def hangs_up(_server: Server, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def sleeps(_server: Server, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(5)


async def babbles(_server: Server, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail ready\r\n")


async def confuses(_server: Server, writer: asyncio.StreamWriter) -> None:
    writer.write(reply(b'{"id": 2}'))


FAULTS = (
    Fault("answers with status 500", fails, "5xx"),
    Fault("answers with status 404", refuses, "4xx"),
    Fault("answers with a redirect", moves, "3xx"),
    Fault("sends half of the body and closes", breaks_off, "unfinished"),
    Fault("closes the connection unasked", hangs_up, "reset"),
    Fault("answers too late", sleeps, "timeout"),
    Fault("does not speak HTTP", babbles, "malformed"),
    Fault("answers with another body", confuses, "wrong_body"),
)


async def run(_scale: Scale) -> Finding:
    rows, met = [], True
    for fault in FAULTS:
        right, row = await _bounded(fault.name, partial(_one_in_many, fault))
        rows.append(row)
        met = met and right
    for name, attempt in (("is not there", _absent), ("dies midway", _dying)):
        right, row = await _bounded(name, attempt)
        rows.append(row)
        met = met and right
    return Finding(
        claim="A server that fails on 1 % of the requests, in whichever way, that is not there or "
        "dies midway: each is named in the result, nothing hangs, nothing counts as success.",
        met=met,
        seen=table(["the server", "misbehaved", "the result says", "successes", "right"], *rows),
        remark=f"Windows of {SECONDS} s, a time-out of {TIMEOUT} s, 4 connections; the one that "
        f"dies was to be measured for a minute. Each ended within {BOUND:.0f} s.",
    )


Attempt = Callable[[], Awaitable[tuple[str, str, str, bool]]]


async def _bounded(name: str, attempt: Attempt) -> tuple[bool, list[str]]:
    begin = perf_counter()
    try:
        async with asyncio.timeout(BOUND):
            misbehaved, told, successes, right = await attempt()
    except TimeoutError:
        misbehaved, told, successes, right = "", f"nothing for {BOUND:.0f} s", "", False
    took = f"{perf_counter() - begin:.1f} s"
    return right, [name, misbehaved, f"{told} ({took})", successes, "yes" if right else "no"]


async def _one_in_many(fault: Fault) -> tuple[str, str, str, bool]:
    misbehaved = 0

    async def behave(server: Server, writer: asyncio.StreamWriter) -> None:
        nonlocal misbehaved
        # The first replies are good ones, from which the body is learned.
        if server.requests > fault.every // 2 and server.requests % fault.every == 0:
            misbehaved += 1
            await fault.behave(server, writer)
        else:
            writer.write(reply())

    async with serving(behave) as server, LoadProcess() as load:
        window = await load.window(
            server.url, connections=4, seconds=SECONDS, reply_timeout=TIMEOUT
        )
    right = window.errors == {fault.kind: misbehaved} and (
        window.requests == server.requests - misbehaved
    )
    return f"{misbehaved:,} of {server.requests:,}", told(window), f"{window.requests:,}", right


def told(window: Window) -> str:
    return ", ".join(f"{count:,} × {kind}" for kind, count in window.errors.items()) or "no error"


async def _absent() -> tuple[str, str, str, bool]:
    async with serving() as server:
        pass
    async with LoadProcess() as load:
        try:
            window = await load.window(server.url, seconds=SECONDS)
        except Unreachable as error:
            return "", str(error).replace(server.url, "…"), "0", True
    return "", told(window), f"{window.requests:,}", False


async def _dying() -> tuple[str, str, str, bool]:
    async def behave(server: Server, writer: asyncio.StreamWriter) -> None:
        writer.write(reply())
        if server.requests == 50:
            await writer.drain()
            server.die()

    async with serving(behave) as server, LoadProcess() as load:
        window = await load.window(server.url, connections=4, seconds=60, reply_timeout=TIMEOUT)
    right = window.gone and window.errors.get("connect", 0) > 0 and window.requests <= 50
    return f"after {server.requests:,}", told(window), f"{window.requests:,}", right
