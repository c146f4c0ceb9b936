"""A live server in a thread of this process: uvicorn on a free port, in the loop of all servers."""

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Self
from weakref import WeakKeyDictionary

import uvicorn

from app.course.errors import CourseError
from app.course.flow import Flow
from app.course.network import Network
from app.course.work import Work
from app.lab.load.observer import Observer
from app.lab.serving.failure import describe
from app.lab.serving.loop import TENANT, Tenant, serving_loop
from app.lab.serving.observer import Inside
from app.lab.serving.prompt_uvicorn import PromptUvicorn
from app.lab.serving.trace import Trace, traced
from app.lab.serving.watchdog import TICK, Watch
from app.lab.wire import Barrier, Ledger, Observed, install_taps, simulated

_START_SECONDS = 30
_STOP_SECONDS = 5


class ServerError(CourseError):
    """The application could not be served, or did not stop."""

    title = "The server did not start"


class Server:
    """One served application. It starts when it is made and answers at ``url`` until ``stop()``."""

    def __init__(
        self,
        app: Any,
        *,
        port: int | None = None,
        shared: socket.socket | None = None,
        network: Network | None = None,
    ) -> None:
        """``port``: instead of a free one. ``shared``: a listening socket that other processes
        accept connections from as well. ``network``: what is simulated between the application and
        everyone it talks to."""
        install_taps()
        _silence_uvicorn()
        _silence_losses()
        self.app = app
        self.ledger = Ledger()
        self._network = network or Network()
        self._failure: BaseException | None = None
        self._observed = Observed(app, self.ledger)
        self._tenant = Tenant()
        self._socket = listening_socket(port)
        self._sockets = [self._socket, *([shared] if shared else [])]
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            self._answer,
            interface="asgi3",
            log_config=None,
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=1,
            # Otherwise they are read from WEB_CONCURRENCY and FORWARDED_ALLOW_IPS.
            workers=1,
            forwarded_allow_ips=["127.0.0.1", "::1"],
        )
        self._uvicorn = PromptUvicorn(config)
        self._host = serving_loop(config.get_loop_factory())
        self._ended = self._host.run(self._serve(), self._tenant)
        self._wait_until_started()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Close the port, let running requests end, run the application's shutdown. Idempotent."""
        self._uvicorn.stop()
        wait([self._ended], _STOP_SECONDS)
        self._socket.close()

    @property
    def urls(self) -> tuple[str, ...]:
        return (self.url,)

    @property
    def total(self) -> Work:
        return self.ledger.total

    @property
    def peak_connections(self) -> int:
        return self.ledger.peak_connections

    @property
    def peak_in_use(self) -> int:
        return self.ledger.peak_in_use

    @property
    def in_use(self) -> int:
        return self.ledger.in_use

    def reset_peak(self) -> None:
        self.ledger.reset_peaks()

    @contextmanager
    def barrier(self, requests: int) -> Iterator[None]:
        """Hold requests until that many have arrived, or the block ends."""
        barrier = self._observed.barrier = Barrier(requests)
        try:
            yield
        finally:
            self._observed.barrier = None
            self.loop.call_soon_threadsafe(barrier.release)

    def trace(self, token: bytes) -> "Future[Trace]":
        return traced(self.ledger.trace(token))

    def flow(self, token: bytes) -> Flow | None:
        found = self.ledger.flows.get(token)
        return None if found is None else replace(found)

    def observer(self) -> Observer:
        return Inside(self.ledger, self.loop)

    def watch(self, every: float = TICK, on_giving_up: Callable[[], None] | None = None) -> Watch:
        """Notices code of the application that does not return."""
        return Watch(self._host, self.ledger, every, on_giving_up)

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop that the application runs in."""
        return self._host.loop

    @property
    def alive(self) -> bool:
        return not self._ended.done() and not self._host.blocked

    def _answer(self, *call: Any) -> Awaitable[None]:
        self._host.activate(self._tenant)
        return self._observed(*call)

    async def _serve(self) -> None:
        try:
            with simulated(self._network):
                await self._uvicorn.serve(sockets=self._sockets)
        except (Exception, SystemExit) as error:
            self._failure = error
        finally:
            await self._tenant.end_tasks()
            self._tenant.close()

    def _cause(self) -> str:
        """Why it ended; what uvicorn logged where the application itself raised nothing."""
        logged = _errors.pop(self._tenant, None)
        if raised := self.ledger.raised:
            return describe(raised)
        return logged or (describe(self._failure) if self._failure else "its server ended")

    def _wait_until_started(self) -> None:
        watch = self.watch()
        try:
            while not self._uvicorn.started:
                wait([self._ended], 0.005)
                if self._ended.done():
                    raise ServerError(f"The application failed while starting up: {self._cause()}")
                watch.tick()
                if watch.seconds > _START_SECONDS:
                    raise ServerError(f"The application still starts after {_START_SECONDS} s.")
        except BaseException:
            self._ended.cancel()
            self._socket.close()
            raise


def listening_socket(port: int | None = None) -> socket.socket:
    """A socket on a loopback port, a free one by default. Raises ``CourseError`` where ``port`` is
    taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if port and os.name == "posix":
        # Otherwise a port is blocked for a minute after its last server.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port or 0))
    except OSError as error:
        listener.close()
        raise CourseError(
            f"Port {port} cannot be used ({error.strerror}); choose another."
        ) from None
    listener.listen(2048)
    return listener


_errors: WeakKeyDictionary[Tenant, str] = WeakKeyDictionary()
"""The first error that uvicorn logged, by the server it concerns."""


class _Keep(logging.Handler):
    """Keeps what uvicorn would have printed into whichever cell is running."""

    def emit(self, record: logging.LogRecord) -> None:
        lines = [line for line in record.getMessage().splitlines() if line.strip()]
        if record.levelno >= logging.ERROR and lines:
            error = record.exc_info[1] if record.exc_info else None
            text = describe(error) if error else lines[-1]
            if tenant := TENANT.get():
                _errors.setdefault(tenant, text)


def _silence_uvicorn() -> None:
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.propagate = False
        # Something else that was served here may have been told to say less.
        if not logger.isEnabledFor(logging.ERROR):
            logger.setLevel(logging.ERROR)
        if not any(isinstance(handler, _Keep) for handler in logger.handlers):
            logger.addHandler(_Keep())


def _silence_losses() -> None:
    """What is logged when a server goes away is not printed into whichever cell is running.

    SQLAlchemy logs a traceback for each connection that it cannot close, which is each one in the
    pool, and the shop a line when it has to do without Redis. The requests show what came of it.
    """
    for name in ("sqlalchemy.pool", "app.shop"):
        logger = logging.getLogger(name)
        # Python prints what no handler takes. One that the learner configures still gets it.
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
