"""Is every kind of fault named, within bounded time, and never counted as a success?"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from time import perf_counter

from app.lab.load import LoadProcess, Unreachable, Window
from benchmarks.tool.finding import Finding, Scale, table
from benchmarks.tool.scripted_server import Behaviour, ScriptedServer, reply, scripted_server

SECONDS, TIMEOUT, BOUND = 0.3, 0.4, 20.0
"""Length of a window; timeout of a reply; limit after which a window counts as hung."""


@dataclass(frozen=True)
class Fault:
    name: str
    behave: Behaviour
    kind: str
    """The error kind that the result must report."""
    every: int = 100
    """One request in this many is affected; the others are answered."""


async def fails(_server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
    writer.write(reply(status="500 Oops"))


async def refuses(_server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
    writer.write(reply(status="404 Not Found"))


async def moves(_server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
    writer.write(reply(status="307 Elsewhere"))


async def truncates(_server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of it")
    writer.close()


async def disconnects(_server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def sleeps(_server: ScriptedServer, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(5)


async def speaks_smtp(_server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail ready\r\n")


async def answers_wrongly(_server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
    writer.write(reply(b'{"id": 2}'))


FAULTS = (
    Fault("answers with status 500", fails, "5xx"),
    Fault("answers with status 404", refuses, "4xx"),
    Fault("answers with a redirect", moves, "3xx"),
    Fault("sends half of the body and closes", truncates, "unfinished"),
    Fault("closes the connection without a reply", disconnects, "reset"),
    Fault("answers too late", sleeps, "timeout"),
    Fault("does not speak HTTP", speaks_smtp, "malformed"),
    Fault("answers with a different body", answers_wrongly, "wrong_body"),
)


async def run(_scale: Scale) -> Finding:
    rows, holds = [], True
    for fault in FAULTS:
        correct, row = await _bounded(fault.name, partial(_one_in_many, fault))
        rows.append(row)
        holds = holds and correct
    for name, attempt in (("is not running", _absent), ("dies midway", _dying)):
        correct, row = await _bounded(name, attempt)
        rows.append(row)
        holds = holds and correct
    return Finding(
        claim="Whether a server fails on 1 % of the requests, in any way, is not running, or dies "
        "midway: the result names the fault, nothing hangs, and no failure counts as a success.",
        holds=holds,
        evidence=table(["the server", "failures", "the result", "successes", "correct"], *rows),
        remark=f"Windows of {SECONDS} s, a timeout of {TIMEOUT} s, 4 connections; the window on "
        f"the server that dies was to last a minute. Each ended within {BOUND:.0f} s.",
    )


Attempt = Callable[[], Awaitable[tuple[str, str, str, bool]]]


async def _bounded(name: str, attempt: Attempt) -> tuple[bool, list[str]]:
    begin = perf_counter()
    try:
        async with asyncio.timeout(BOUND):
            failures, result, successes, correct = await attempt()
    except TimeoutError:
        failures, result, successes, correct = "", f"nothing for {BOUND:.0f} s", "", False
    took = f"{perf_counter() - begin:.1f} s"
    return correct, [name, failures, f"{result} ({took})", successes, "yes" if correct else "no"]


async def _one_in_many(fault: Fault) -> tuple[str, str, str, bool]:
    failures = 0

    async def behave(server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
        nonlocal failures
        # The first replies are correct, so that the generator learns the body from them.
        if server.requests > fault.every // 2 and server.requests % fault.every == 0:
            failures += 1
            await fault.behave(server, writer)
        else:
            writer.write(reply())

    async with scripted_server(behave) as server, LoadProcess() as load:
        window = await load.window(
            server.url, connections=4, seconds=SECONDS, reply_timeout=TIMEOUT
        )
    correct = window.errors == {fault.kind: failures} and (
        window.requests == server.requests - failures
    )
    return f"{failures:,} of {server.requests:,}", errors(window), f"{window.requests:,}", correct


def errors(window: Window) -> str:
    return ", ".join(f"{count:,} × {kind}" for kind, count in window.errors.items()) or "no error"


async def _absent() -> tuple[str, str, str, bool]:
    async with scripted_server() as server:
        pass
    async with LoadProcess() as load:
        try:
            window = await load.window(server.url, seconds=SECONDS)
        except Unreachable as error:
            return "", str(error).replace(server.url, "…"), "0", True
    return "", errors(window), f"{window.requests:,}", False


async def _dying() -> tuple[str, str, str, bool]:
    async def behave(server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
        writer.write(reply())
        if server.requests == 50:
            await writer.drain()
            server.die()

    async with scripted_server(behave) as server, LoadProcess() as load:
        window = await load.window(server.url, connections=4, seconds=60, reply_timeout=TIMEOUT)
    correct = window.gone and window.errors.get("connect", 0) > 0 and window.requests <= 50
    return f"after {server.requests:,}", errors(window), f"{window.requests:,}", correct
