"""A shop served by several processes, as in production."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from itertools import count
from typing import IO, Any

from app.course.flow import Flow
from app.course.shop import Shop
from app.course.work import Work
from app.lab.load import Target
from app.lab.load.observer import Observer, ProcessObserver
from app.lab.load.process import stop
from app.lab.serving.forking import Forked, start_worker
from app.lab.serving.pickled import pickled
from app.lab.serving.pipe import Pipe
from app.lab.serving.server import ServerError, listening_socket
from app.lab.serving.stacks import Samples, merged
from app.lab.serving.trace import Trace
from app.lab.serving.watchdog import Unanswered
from app.lab.serving.worker import Job
from app.shop.settings import Settings

_START_SECONDS = 60.0
_ANSWER_SECONDS = 10.0


class Workers:
    """``shop.workers`` processes that accept connections from one socket.

    Whatever the shop holds is sent to them by value, code of a notebook's cells included. They end
    with this process, however it ends.
    """

    def __init__(self, shop: Shop, settings: Settings, *, port: int | None = None) -> None:
        """Blocks until all answer. Raises ``ServerError`` where one does not start."""
        self._listener = listening_socket(port)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._workers: list[Worker] = []
        try:
            self._workers += [Worker(self._listener) for _ in range(shop.workers)]
            for worker in self._workers:
                worker.send_job(shop, settings)
            self.urls = tuple(worker.wait_until_ready() for worker in self._workers)
        except BaseException:
            self.stop()
            raise

    @property
    def alive(self) -> bool:
        return all(worker.alive for worker in self._workers)

    @property
    def total(self) -> Work:
        return sum(self._each("total"), Work())

    @property
    def setups(self) -> Work:
        """Of that, what requests did that opened a connection or prepared a statement."""
        return sum(self._each("setups"), Work())

    @property
    def peak_connections(self) -> int:
        return sum(self._each("peak_connections"))

    @property
    def peak_in_use(self) -> int:
        return sum(self._each("peak_in_use"))

    @property
    def in_use(self) -> int:
        return sum(self._each("in_use"))

    @property
    def pids(self) -> tuple[int, ...]:
        """The process id of each worker."""
        return tuple(worker.pid for worker in self._workers)

    def reset_peak(self) -> None:
        self._each("reset_peak")

    def collect_garbage(self) -> None:
        """Free what nothing refers to any more, so that it does not matter when Python would."""
        self._each("collect_garbage")

    def turn(self) -> None:
        """Wait until each event loop has run what was ready."""
        self._each("turn")

    def let_others_look(self) -> None:
        """Let other processes of this user read the workers' memory, as profilers do."""
        self._each("let_others_look")

    def sample(self) -> None:
        """Begin to sample the event loops from inside."""
        self._each("sample")

    def sampled(self) -> Samples:
        """End it: the seconds of each stack since ``sample``."""
        return merged(found or {} for found in self._each("sampled"))

    def trace(self, token: bytes) -> "Future[Trace]":
        """Every worker knows the token when this returns, since any of them may get the request."""
        trace: Future[Trace] = Future()
        for worker in self._workers:
            worker.traces[token] = trace
        self._each("trace", token)
        return trace

    def flow(self, token: bytes) -> Flow | None:
        return next(filter(None, self._each("flow", token)), None)

    def observer(self) -> Observer:
        return _Observer(self)

    def watch(self, every: float) -> "_Watch":  # noqa: ARG002
        """Each worker watches itself, at its own pace."""
        return _Watch(self._workers)

    def stop(self) -> None:
        for worker in self._workers:
            worker.end()
        for worker in self._workers:
            worker.stop()
        self._listener.close()

    def _each(self, question: str, argument: Any = None) -> Sequence[Any]:
        asked = [worker.ask(question, argument) for worker in self._workers]
        try:
            return [answer.result(_ANSWER_SECONDS) for answer in asked]
        except (TimeoutError, EOFError):
            raise ServerError("A worker process has ended or no longer answers.") from None


class Worker:
    """One process, and the conversation with it."""

    def __init__(self, listener: socket.socket) -> None:
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._listener = listener
        self._process = start_worker(listener, self._stderr)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._pipe = Pipe(self._process.stdout, self._process.stdin)
        self._numbers = count()
        self._asked: dict[int, Future[Any]] = {}
        self.traces: dict[bytes, Future[Trace]] = {}
        """Of requests that any worker may get, by token."""
        self.unanswered: Future[tuple[str, bool]] | None = None
        """From when the worker interrupts code that does not return: the code, and whether that
        worked."""
        self._ready: Future[str] = Future()
        self._thread = threading.Thread(target=self._read, name="course-worker", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def send_job(self, shop: Shop, settings: Settings) -> None:
        """Raises ``ServerError`` where the shop holds something that belongs to this process."""
        try:
            self._pipe.send([os.path.abspath(entry) for entry in sys.path])  # noqa: PTH100
            self._pipe.send_bytes(pickled(Job(shop, settings, self._shared())))
        except (TypeError, AttributeError, ValueError) as error:
            raise ServerError(
                f"The shop cannot be sent to a worker process: {error}. What it uses must be made "
                "inside its functions."
            ) from None
        except OSError:
            pass  # wait_until_ready says why the process has ended

    def wait_until_ready(self) -> str:
        """Its own URL. Raises ``ServerError`` with the reason why it does not start."""
        try:
            return self._ready.result(_START_SECONDS)
        except TimeoutError:
            raise ServerError(f"A worker did not start within {_START_SECONDS:g} s.") from None
        except EOFError:
            raise ServerError(f"A worker ended while starting: {self._last_words()}.") from None

    def ask(self, question: str, argument: Any = None) -> "Future[Any]":
        """The answer to come; ``EOFError`` where the process ends first."""
        number, answer = next(self._numbers), Future[Any]()
        self._asked[number] = answer
        try:
            self._pipe.send((number, question, argument))
        except (OSError, ValueError):
            self._asked.pop(number, None)
            answer.set_exception(EOFError())
        return answer

    def end(self) -> None:
        """Have it end by itself, soon."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()

    def stop(self) -> None:
        stop(self._process)
        self._thread.join(1)
        self._stderr.close()

    def _shared(self) -> int | bytes | None:
        if isinstance(self._process, Forked):
            return None
        if os.name == "posix":
            return self._listener.fileno()
        return self._listener.share(self._process.pid)  # type: ignore[attr-defined, no-any-return, unused-ignore]

    def _read(self) -> None:
        try:
            while True:
                about, content = self._pipe.receive()
                if about == "ready":
                    self._ready.set_result(content)
                elif about == "failed":
                    self._ready.set_exception(_failure(*content))
                elif about == "interrupting":
                    self.unanswered = Future()
                elif about == "unanswered" and self.unanswered:
                    self.unanswered.set_result(content)
                elif answer := self._asked.pop(about, None) or self.traces.pop(about, None):
                    answer.set_result(content)
        except (EOFError, OSError, ValueError):
            for waiting in (self._ready, self.unanswered, *list(self._asked.values())):
                if waiting is not None and not waiting.done():
                    waiting.set_exception(EOFError())

    def _last_words(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        self._stderr.seek(0)
        lines = self._stderr.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"exit status {self._process.returncode}"


def _failure(reason: str, traceback: str | None) -> ServerError:
    """With the worker's own traceback as a note, for an error that nobody expected."""
    error = ServerError(reason)
    if traceback is not None:
        error.add_note(traceback)
    return error


class _Watch:
    """Passes on what the workers have seen since it began."""

    def __init__(self, workers: Sequence[Worker]) -> None:
        self._workers = workers
        for worker in workers:
            worker.unanswered = None

    def tick(self) -> None:
        for worker in self._workers:
            if worker.unanswered is not None and worker.unanswered.done():
                self.settle()

    def settle(self) -> None:
        # A worker announces the interruption before it can send a response.
        for worker in self._workers:
            if (found := worker.unanswered) is None:
                continue
            try:
                what, over = found.result(_ANSWER_SECONDS)
            except (TimeoutError, EOFError):
                raise ServerError("A worker process has ended or no longer answers.") from None
            finally:
                worker.unanswered = None
            if not over:
                worker.stop()  # another process can be ended, whatever it does
            raise Unanswered(what, over=True)

    def abandon(self) -> None:
        """A worker gives its requests up by itself."""


class _Observer(ProcessObserver):
    """The processes as the operating system sees them, and their own counters."""

    def __init__(self, workers: Workers) -> None:
        super().__init__(Target(workers.url))
        self._workers = workers

    def work(self) -> Work | None:
        return self._workers.total

    def setups(self) -> Work | None:
        return self._workers.setups
