"""Tries a learner's database: are its writes transactions, how many connections does it open?"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, Pool, delete, event, func, insert, select, text

from app.shop.database import Database
from app.shop.models import Category

HELD = 15
"""Sessions of each kind, reading and writing, held open at the same time."""

_SETTLE_SECONDS = 0.3
"""Without anything new, after which nothing more is expected."""
_LONGEST_SECONDS = 10.0
"""The same while a connection is being opened or used; a failed one never answers."""
_POLL_SECONDS = 0.02


class _Interrupted(Exception):
    """Raised in the middle of a write."""


async def trial(database: Database) -> dict[str, Any]:
    """What a write, a failing write and many concurrent sessions led to.

    ``committed`` and ``left_behind``: whether the row of the successful and of the failed write is
    there afterwards. ``held``: connections open at once. ``read_pool``: the class of the read
    engine's pool. ``read_pings``: whether that pool pings.
    """
    pool = database.read_engine.sync_engine.pool
    return {
        "committed": await _is_kept(database, fails=False),
        "left_behind": await _is_kept(database, fails=True),
        "held": await connections_at_once(database),
        "read_pool": type(pool).__name__,
        "read_pings": bool(getattr(pool, "_pre_ping", False)),
    }


async def _is_kept(database: Database, *, fails: bool) -> bool:
    """Whether a category is there after it was written; ``fails`` raises before the commit."""
    name = f"check {uuid4()}"
    try:
        async with database.writing() as session:
            await session.execute(insert(Category).values(name=name))
            if fails:
                raise _Interrupted
    except _Interrupted:
        pass
    async with database.reading() as session:
        found = await session.scalar(
            select(func.count()).select_from(Category).where(Category.name == name)
        )
    async with database.writing() as session:
        await session.execute(delete(Category).where(Category.name == name))
    return bool(found)


async def connections_at_once(database: Database) -> int:
    """How many connections open while ``HELD`` sessions of each kind acquire one and keep it."""
    backends: list[int] = []
    enough = asyncio.Event()

    async def hold(open_session: Any) -> None:
        async with open_session() as session:
            backends.append(await session.scalar(text("SELECT pg_backend_pid()")))
            await enough.wait()

    kinds = (database.reading, database.writing)
    with _acquiring() as pools:
        tasks = [asyncio.ensure_future(hold(kind)) for kind in kinds for _ in range(HELD)]
        await _settled(lambda: (pools.connecting, pools.acquired, len(backends)))
    enough.set()
    # A waiter that outlasts the pool's timeout raises TimeoutError, which is not counted here.
    await asyncio.gather(*tasks, return_exceptions=True)
    return len(set(backends))


@dataclass
class _Pools:
    """What all pools of this process are doing."""

    connecting: int = 0
    acquired: int = 0
    """Connections handed out so far."""


@contextmanager
def _acquiring() -> Iterator[_Pools]:
    pools = _Pools()

    def connecting(*_: Any) -> None:
        pools.connecting += 1

    def connected(*_: Any) -> None:
        pools.connecting -= 1

    def acquired(*_: Any) -> None:
        pools.acquired += 1

    listeners: tuple[tuple[Any, str, Any], ...] = (
        (Engine, "do_connect", connecting),
        (Pool, "connect", connected),
        (Pool, "checkout", acquired),
    )
    for target, name, listener in listeners:
        event.listen(target, name, listener)
    try:
        yield pools
    finally:
        for target, name, listener in listeners:
            event.remove(target, name, listener)


async def _settled(state: Callable[[], tuple[int, int, int]]) -> None:
    """Return once no connection is being opened, every acquired one has answered, and nothing has
    changed for a while: so it does not matter how long opening one takes."""
    before, since = state(), monotonic()
    while True:
        await asyncio.sleep(_POLL_SECONDS)
        connecting, acquired, answered = now = state()
        if now != before:
            before, since = now, monotonic()
        busy = connecting > 0 or answered < acquired
        if monotonic() - since > (_LONGEST_SECONDS if busy else _SETTLE_SECONDS):
            return
