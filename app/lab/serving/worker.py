"""A worker process: ``python -m app.lab.serving.worker``, or forked, for ``Workers``.

It serves the shop it is sent, on a port of its own and on the socket that all workers share, and
answers questions about its counters until its standard input ends.
"""

import asyncio
import gc
import os
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from app.course.errors import CourseError
from app.course.shop import Shop
from app.lab.serving.failure import describe
from app.lab.serving.pipe import Pipe
from app.lab.serving.ptrace import let_others_look
from app.lab.serving.server import Server
from app.lab.serving.trace import Trace
from app.lab.serving.watchdog import Unanswered
from app.shop.settings import Settings

if TYPE_CHECKING:
    from app.lab.serving.inside import InsideSampler

T = TypeVar("T")

_LOOK_SECONDS = 0.5
"""Between two looks at whether the application still answers."""
_TURN_SECONDS = 5.0
"""To wait for the event loop."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker serves, where."""

    shop: Shop
    settings: Settings
    listener: int | bytes | None
    """The shared listening socket: an inherited descriptor, or on Windows what stands for one;
    ``None`` for a worker that was given the socket when it was forked."""


def main(listener: socket.socket | None = None) -> int:
    """``listener``: the shared socket, instead of the one that the job names."""
    pipe = _pipe()
    try:
        # The shop may hold functions from modules beside the notebook.
        sys.path += [entry for entry in pipe.receive() if entry not in sys.path]
        job: Job = pipe.receive()
    except EOFError:
        return 0
    try:
        shop = job.shop
        network = shop.network.shared_by(shop.workers)
        shared = listener or _listener(job.listener)
        server = Server(shop.build(job.settings), shared=shared, network=network)
    except CourseError as error:
        pipe.send(("failed", (str(error), None)))
        return 1
    except Exception as error:
        pipe.send(("failed", (describe(error), traceback.format_exc())))
        return 1
    with server:
        pipe.send(("ready", server.url))
        threading.Thread(target=_watch, args=(pipe, server), daemon=True).start()
        _answer(pipe, server)
    return 0


def _watch(pipe: Pipe, server: Server) -> None:
    """Reports code that does not return, until some cannot be interrupted."""

    def announce() -> None:
        pipe.send(("interrupting", None))

    pause = threading.Event()
    watch = server.watch(_LOOK_SECONDS, announce)
    while not pause.wait(_LOOK_SECONDS):
        try:
            watch.tick()
        except Unanswered as error:
            pipe.send(("unanswered", (error.what, error.over)))
            if not error.over:
                return
            watch = server.watch(_LOOK_SECONDS, announce)


def _pipe() -> Pipe:
    """Over the standard streams, with standard output kept free of what an application prints."""
    writing = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return Pipe(sys.stdin.buffer, writing)


def _listener(shared: int | bytes | None) -> socket.socket:
    assert shared is not None
    if isinstance(shared, int):
        return socket.socket(fileno=shared)
    return socket.fromshare(shared)  # type: ignore[attr-defined, no-any-return, unused-ignore]


def _answer(pipe: Pipe, server: Server) -> None:
    sampler = None
    while True:
        try:
            number, question, argument = pipe.receive()
        except (EOFError, OSError):
            return
        match question:
            case "trace":
                _send_when_done(pipe, argument, server.trace(argument))
                pipe.send((number, None))
            case "reset_peak":
                server.reset_peak()
                pipe.send((number, None))
            case "collect_garbage":
                _in_the_loop(server, gc.collect)
                pipe.send((number, None))
            case "turn":
                _in_the_loop(server, lambda: None)
                pipe.send((number, None))
            case "sample":
                sampler = _sampler()
                _in_the_loop(server, sampler.start)
                pipe.send((number, None))
            case "sampled" if sampler is not None:
                pipe.send((number, _in_the_loop(server, sampler.stop)))
            case "let_others_look":
                let_others_look()
                pipe.send((number, None))
            case "flow":
                pipe.send((number, server.flow(argument)))
            case _:
                pipe.send((number, _count(server, question)))


def _sampler() -> "InsideSampler":
    from app.lab.serving.inside import InsideSampler  # seldom needed

    return InsideSampler()


def _in_the_loop(server: Server, call: Callable[[], T]) -> T | None:
    """Call it in the server's event loop, as its garbage has to be collected, since connections and
    generators in it belong to the loop. Nothing is called where the loop is blocked."""

    async def run() -> T:
        return call()

    with suppress(TimeoutError):
        return asyncio.run_coroutine_threadsafe(run(), server.loop).result(_TURN_SECONDS)
    return None


def _send_when_done(pipe: Pipe, token: bytes, trace: "Future[Trace]") -> None:
    trace.add_done_callback(lambda done: pipe.send((token, done.result())))


def _count(server: Server, question: str) -> Any:
    return {
        "total": server.total,
        "setups": server.ledger.setups,
        "peak_connections": server.peak_connections,
        "peak_in_use": server.peak_in_use,
        "in_use": server.in_use,
    }[question]


if __name__ == "__main__":
    sys.exit(main())
