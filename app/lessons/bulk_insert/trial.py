"""Tries an endpoint that changes prices beside other writers, and asks PostgreSQL what it did."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pickle import PicklingError
from typing import Any

import cloudpickle
from fastapi import APIRouter, FastAPI
from sqlalchemy import text

from app.course.overlay import Overlay
from app.course.shops import build
from app.lessons.bulk_insert.call import Call, Change
from app.shop.cache import NoCache
from app.shop.database import Database, open_database
from app.shop.settings import Settings

PRODUCTS = range(501, 541)
"""The products whose prices are changed."""
MIDDLE = 520
"""The one that another transaction locks."""
CLIENTS = 40
OWN = range(601, 601 + CLIENTS)
"""Of each client, the product that no other client changes."""

_POLL_SECONDS = 0.01
_SETTLE_SECONDS = 0.5
"""After which no further request is expected to wait for a lock."""
_LONGEST_SECONDS = 10.0
_MOMENT_SECONDS = 0.1
"""In which a response that does not wait for the lock appears."""

# PostgreSQL's own count of statements, whoever sends them over whichever connection. A sequence
# also counts what is rolled back.
_COUNT_UPDATES = (
    "CREATE SEQUENCE price_updates",
    """CREATE FUNCTION count_price_update() RETURNS trigger LANGUAGE plpgsql
       AS $$ BEGIN PERFORM nextval('price_updates'); RETURN NULL; END $$""",
    """CREATE TRIGGER count_price_update AFTER UPDATE ON products
       FOR EACH STATEMENT EXECUTE FUNCTION count_price_update()""",
    "ALTER TABLE products ENABLE ALWAYS TRIGGER count_price_update",
)
_UPDATES = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM price_updates"
_WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
_NAME = "Renamed meanwhile"
_RENAME = text("UPDATE products SET name = :name WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Alone:
    """One request, with a single connection, for a product that another transaction renames."""

    status: int
    early: bool
    """Whether it responded before that transaction had ended."""
    updates: int
    """``UPDATE`` statements on the products, as PostgreSQL counts them."""
    stored: bool
    """Whether the new prices are stored."""
    renamed: bool
    """Whether the product has its new name."""
    drops: tuple[frozenset[str], ...]
    """The tags of each invalidation of the cache."""
    after_commit: bool
    """Whether the new prices could be read at the time of each of them."""


@dataclass(frozen=True, slots=True)
class Together:
    """Several requests at once for the same products."""

    statuses: tuple[int, ...]
    mixed: bool
    """Whether the products that all of them change have prices from several requests, or the
    product that one of them changes a price that it has not sent."""
    lost: bool
    """Whether the product that one of them changes has its price of before."""

    @property
    def right(self) -> bool:
        return set(self.statuses) == {200} and not self.mixed and not self.lost


async def trial(router: APIRouter, settings: Settings) -> dict[str, Any]:
    """``alone``; ``opposite``: two in opposite orders; ``crowd``: ``CLIENTS``, each in an order of
    its own. What comes after a failure is missing."""
    other = open_database(settings)
    try:
        alone = await _alone(router, settings, other)
        if alone.early or alone.status != 200:
            return {"alone": alone}
        # However busy the machine is, nobody's turn comes too late.
        patient = settings.model_copy(update={"pool_timeout": 60.0, "request_timeout": 60.0})
        async with (
            _serving(router, patient, NoCache()) as app,
            _serving(_in_another_worker(router), patient, NoCache()) as another,
        ):
            opposite = await _opposite([app, another], settings, other)
            if not opposite.right:
                return {"alone": alone, "opposite": opposite}
            crowd = await _crowd(app, settings, other)
            return {"alone": alone, "opposite": opposite, "crowd": crowd}
    finally:
        await other.close()


def new_prices(ids: Sequence[int], cents: int) -> list[Change]:
    """A change for each product, with prices that differ in their cents from all others."""
    return [{"id": one, "price": f"{one}.{cents:02}"} for one in ids]


@asynccontextmanager
async def _serving(router: APIRouter, settings: Settings, cache: NoCache) -> AsyncIterator[FastAPI]:
    app = build(Overlay(routers=(router,), cache=lambda _: cache), settings)
    async with app.router.lifespan_context(app):
        yield app


def _in_another_worker(router: APIRouter) -> APIRouter:
    """The router with copies of what its functions share, such as a lock, as every process has
    them; the same one if it cannot be copied."""
    try:
        copied: APIRouter = cloudpickle.loads(cloudpickle.dumps(router))
    except (TypeError, AttributeError, ValueError, PicklingError):
        return router
    return copied


async def _alone(router: APIRouter, settings: Settings, other: Database) -> Alone:
    changes = new_prices(PRODUCTS, 99)
    cache = _RecordingCache(other, changes)
    # A second connection, which it would have to wait for under load, is not to be had at all.
    single = settings.model_copy(update={"pool_size": 1, "pool_timeout": 1.0})
    async with other.driver() as driver:
        for statement in _COUNT_UPDATES:
            await driver.execute(statement)
    async with _serving(router, single, cache) as app, other.engine.connect() as holder:
        await holder.execute(_RENAME, {"name": _NAME, "id": MIDDLE})
        held = await other.fetch_value(_UPDATES)
        call = Call(app, settings, changes)
        await _until_waiting([call], other, requests=1)
        early = call.status is not None
        await holder.commit()
        status = await call.done()
    return Alone(
        status=status,
        early=early,
        updates=await other.fetch_value(_UPDATES) - held,
        stored=await _stored(other, PRODUCTS) == _prices(changes),
        renamed=await other.fetch_value("SELECT name FROM products WHERE id = $1", MIDDLE) == _NAME,
        drops=tuple(cache.drops),
        after_commit=cache.after_commit,
    )


async def _opposite(apps: Sequence[FastAPI], settings: Settings, other: Database) -> Together:
    """Each holds half of the products when both meet at the one in the middle."""
    before = await _stored(other, OWN[:2])
    async with other.engine.connect() as holder:
        await holder.execute(_RENAME, {"name": _NAME, "id": MIDDLE})
        orders = ([OWN[0], *PRODUCTS], [OWN[1], *PRODUCTS[::-1]])
        calls = [
            Call(app, settings, new_prices(ids, 50 + n))
            for n, (app, ids) in enumerate(zip(apps, orders, strict=True))
        ]
        await _until_waiting(calls, other, requests=2)
        await holder.rollback()
    return await _outcome(calls, before, other)


async def _crowd(app: FastAPI, settings: Settings, other: Database) -> Together:
    before = await _stored(other, OWN)
    orders = ([own, *PRODUCTS[n:], *PRODUCTS[:n]] for n, own in enumerate(OWN))
    calls = [Call(app, settings, new_prices(ids, n)) for n, ids in enumerate(orders)]
    return await _outcome(calls, before, other)


async def _outcome(
    calls: Sequence[Call], before: Mapping[int, Decimal], other: Database
) -> Together:
    """The first change of each call is to the product that only it changes."""
    statuses = await asyncio.gather(*(call.done() for call in calls))
    sent = _prices([call.changes[0] for call in calls])
    own = await _stored(other, [*sent])
    shared = await _stored(other, PRODUCTS)
    lost = {one for one in sent if own[one] == before[one] != sent[one]}
    whole = any(shared.items() <= _prices(call.changes).items() for call in calls)
    foreign = {one for one in sent if own[one] != sent[one]} - lost
    return Together(tuple(statuses), mixed=bool(foreign) or not whole, lost=bool(lost))


async def _until_waiting(calls: Sequence[Call], other: Database, *, requests: int) -> None:
    """Return once that many requests wait for a lock, one has responded, or nothing happens."""
    waiting, unchanged = 0, 0.0
    while not any(call.status for call in calls):
        found: int = await other.fetch_value(_WAITING)
        if found >= requests:
            await asyncio.sleep(_MOMENT_SECONDS)
            return
        unchanged = unchanged + _POLL_SECONDS if found == waiting else 0.0
        waiting = found
        if unchanged > (_SETTLE_SECONDS if waiting else _LONGEST_SECONDS):
            return
        await asyncio.sleep(_POLL_SECONDS)


async def _stored(database: Database, ids: Sequence[int]) -> dict[int, Decimal]:
    async with database.driver() as driver:
        rows = await driver.fetch(
            "SELECT id, price FROM products WHERE id = ANY($1::int[])", list(ids)
        )
    return {row["id"]: row["price"] for row in rows}


def _prices(changes: Sequence[Change]) -> dict[int, Decimal]:
    return {change["id"]: Decimal(change["price"]) for change in changes}


class _RecordingCache(NoCache):
    """Records each invalidation, and whether others could read the new prices by then."""

    def __init__(self, database: Database, changes: Sequence[Change]) -> None:
        self._database = database
        self._expected = _prices(changes)
        self.drops: list[frozenset[str]] = []
        self.after_commit = True

    async def drop(self, tags: Collection[str]) -> None:
        self.drops.append(frozenset(tags))
        self.after_commit &= await _stored(self._database, PRODUCTS) == self._expected
