"""The event loop that all servers of this process share.

Applications usually create an engine, a client or a lock once, at the top of a module. In a
notebook that object outlives the server that used it first, and its connections and waiters belong
to that server's event loop. With one loop for all servers, the next one can use it just as well.

What would be shared by accident is kept apart: every server is a tenant, with its own tasks and its
own threads.
"""

import asyncio
import atexit
import gc
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import Context, ContextVar
from typing import Any

from anyio.to_thread import current_default_thread_limiter

from app.lab.wire.ledger import task_started
from app.lab.wire.loop_guard import BoundTransport
from app.lab.wire.simulation import network_loop

_STOP_SECONDS = 1.0
_LEAVING_SECONDS = 1.0
"""How long tasks that a server has left behind may take to end once they are cancelled."""

LoopFactory = Callable[[], asyncio.AbstractEventLoop] | None
"""``None`` for asyncio's own loop, as uvicorn has it."""


class Tenant:
    """What one server has to itself in the shared loop."""

    def __init__(self) -> None:
        # The prefix is that of asyncio's own default executor.
        self.executor: Executor = ThreadPoolExecutor(thread_name_prefix="asyncio")
        self.threads: float | None = None
        """How many threads ``def`` endpoints may use; ``None`` until the server has started."""
        self.left_behind: set[asyncio.Task[Any]] = set()
        """Tasks that ignored their cancellation when the server stopped."""

    def tasks(self) -> set[asyncio.Task[Any]]:
        """Its unfinished tasks, but for the one that asks. For the loop's own thread."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        return {task for task in others if _context_of(task).get(TENANT) is self}

    async def end_tasks(self) -> None:
        """Cancel what the server has started and not awaited, as the end of a loop would."""
        if tasks := self.tasks():
            for task in tasks:
                task.cancel()
            _, self.left_behind = await asyncio.wait(tasks, timeout=_LEAVING_SECONDS)

    def close(self) -> None:
        # Waiting for its threads could take for ever.
        self.executor.shutdown(wait=False, cancel_futures=True)


TENANT: ContextVar[Tenant | None] = ContextVar("course_tenant", default=None)
"""The server on whose behalf the current task works."""


class ServingLoop:
    """An event loop in a daemon thread. It goes on whatever a task does, even ``sys.exit``."""

    def __init__(self, factory: LoopFactory) -> None:
        self.loop = _with_tenants(factory)
        self.blocked = False
        """Whether it was given up, because code that cannot be stopped blocks its thread."""
        self._active: Tenant | None = None
        self._threads = 0.0
        self._leaving: asyncio.Event | None = None
        self._root = self.loop.create_task(self._live())
        self.thread = threading.Thread(target=self.run_thread, name="course-server", daemon=True)
        self.thread.start()

    def run(self, work: Coroutine[Any, Any, None], tenant: Tenant) -> "Future[None]":
        """Start ``work`` on behalf of ``tenant``. For any thread but the loop's own."""
        context = Context()
        context.run(TENANT.set, tenant)
        return context.run(asyncio.run_coroutine_threadsafe, work, self.loop)

    def activate(self, tenant: Tenant) -> None:
        """Give ``tenant`` the number of threads that it has chosen: AnyIO keeps one for a loop."""
        if tenant is self._active:
            return
        limiter = current_default_thread_limiter()
        if self._active is not None:
            self._active.threads = limiter.total_tokens
        else:
            self._threads = limiter.total_tokens
        limiter.total_tokens = self._threads if tenant.threads is None else tenant.threads
        self._active = tenant

    def stop(self) -> None:
        """End the thread, where nothing blocks it. Idempotent."""
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._leave)
        self.thread.join(_STOP_SECONDS)

    async def _live(self) -> None:
        self._leaving = asyncio.Event()
        await self._leaving.wait()

    def _leave(self) -> None:
        if self._leaving is not None:
            self._leaving.set()

    def run_thread(self) -> None:
        """What the thread does; its name and place are known to the watchdog."""
        while not self._root.done():
            # SystemExit and KeyboardInterrupt pass through a task, loop.stop() raises here.
            with suppress(BaseException):
                self.loop.run_until_complete(self._root)
        self.loop.close()


_current: list[ServingLoop] = []
_starting = threading.Lock()


def serving_loop(factory: LoopFactory) -> ServingLoop:
    """The loop for the next server: the same one each time, unless it is blocked for good."""
    with _starting:
        if _current and (_current[-1].blocked or not _current[-1].thread.is_alive()):
            _current.clear()
        if not _current:
            _current.append(ServingLoop(factory))
            # A daemon thread that wakes up while the interpreter ends can crash it.
            atexit.register(_current[-1].stop)
        return _current[-1]


def _with_tenants(factory: LoopFactory) -> asyncio.AbstractEventLoop:
    """A loop of the same kind whose default executor is the current tenant's, whose connections to
    other servers are bound to it, and which reports the tasks of requests."""
    pattern = (factory or asyncio.new_event_loop)()
    pattern.close()
    base: Any = network_loop(type(pattern))

    class TenantLoop(base):  # type: ignore[misc]
        def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
            tenant = TENANT.get()
            if executor is None and tenant is not None:
                executor = tenant.executor
            return super().run_in_executor(executor, func, *args)

        def create_task(self, coro: Any, **options: Any) -> Any:
            task = super().create_task(coro, **options)
            task_started(task)
            return task

        def set_default_executor(self, executor: Any) -> None:
            tenant = TENANT.get()
            if tenant is None:
                super().set_default_executor(executor)
            else:
                tenant.executor = executor

        async def create_connection(self, *args: Any, **options: Any) -> Any:
            transport, protocol = await super().create_connection(*args, **options)
            return BoundTransport(transport), protocol

        async def create_unix_connection(self, *args: Any, **options: Any) -> Any:
            transport, protocol = await super().create_unix_connection(*args, **options)
            return BoundTransport(transport), protocol

        async def start_tls(self, transport: Any, *args: Any, **options: Any) -> Any:
            if isinstance(transport, BoundTransport):
                transport = transport.unbound()
            return await super().start_tls(transport, *args, **options)

    loop: asyncio.AbstractEventLoop = TenantLoop()
    # Python's development mode would slow down what is measured here.
    loop.set_debug(False)
    return loop


def _context_of(task: asyncio.Task[Any]) -> Context:
    if hasattr(task, "get_context"):  # since Python 3.12
        context: Context = task.get_context()
        return context
    return next(one for one in gc.get_referents(task) if isinstance(one, Context))
