"""Answers the check must refuse, each with the message it must give, and answers it must accept."""

from app.course.exercise import Attempt

_NAMES = """found = {
    "blocks the event loop": "exchange_rate",
    "reads every row": "lines_of",
    "compares everything with everything": "product_ids",
    "tries every way to match": "clean_sku",
}
"""
_CONFUSED = (
    _NAMES.replace("product_ids", "?").replace("clean_sku", "product_ids").replace("?", "clean_sku")
)
_RATE = """

async def exchange_rate(carrier, country):
    return await asyncio.to_thread(carrier.ask, "exchange rate", country)
"""
_LINES = """

async def lines_of(session, order_ids):
    query = text(
        "SELECT id, order_id, product_id, quantity, unit_price FROM order_lines "
        "WHERE order_id = ANY(:ids) ORDER BY id"
    )
    rows = await session.execute(query, {"ids": list(order_ids)})
    return [dict(row) for row in rows.mappings()]
"""
_MENDED = "\n\nmended = [exchange_rate, lines_of]\n"


def _answer(*, names: str = _NAMES, rate: str = _RATE, lines: str = _LINES) -> str:
    return names + rate + lines + _MENDED


_BLOCKING = _RATE.replace("await asyncio.to_thread(carrier.ask, ", "carrier.ask(")

_REMEMBERED_RATE = """

RATES = {}


async def exchange_rate(carrier, country):
    if country not in RATES:
        RATES[country] = await asyncio.to_thread(carrier.ask, "exchange rate", country)
    return RATES[country]
"""

# Asks each time, and does not wait for the answer.
_ASKS_LATER = """

RATES = {}
TASKS = set()


async def refresh(carrier, country):
    RATES[country] = await asyncio.to_thread(carrier.ask, "exchange rate", country)


async def exchange_rate(carrier, country):
    TASKS.add(asyncio.create_task(refresh(carrier, country)))
    return RATES.get(country, "unknown")
"""

# Right alone; of several at once, all but the first get the answer of the first.
_SHARED_CALL = """

CALLS = {}


async def exchange_rate(carrier, country):
    if country not in CALLS:
        call = asyncio.create_task(
            asyncio.to_thread(carrier.ask, "exchange rate", country)
        )
        CALLS[country] = call
        call.add_done_callback(lambda _: CALLS.pop(country))
    return await CALLS[country]
"""

_SHARED_PLACE = """

WANTED = []


async def exchange_rate(carrier, country):
    return await asyncio.to_thread(carrier.ask, "exchange rate", country)


async def lines_of(session, order_ids):
    WANTED.extend(order_ids)
    await asyncio.sleep(0.2)
    ids = sorted(set(WANTED))
    WANTED.clear()
    query = text(
        "SELECT id, order_id, product_id, quantity, unit_price FROM order_lines "
        "WHERE order_id = ANY(:ids) ORDER BY id"
    )
    rows = await session.execute(query, {"ids": ids})
    wanted = set(order_ids)
    return [dict(row) for row in rows.mappings() if row["order_id"] in wanted]
"""

# The second request is quick, because the first has read everything.
_ALL_IN_MEMORY = """

LINES = {}


async def lines_of(session, order_ids):
    if not LINES:
        query = text(
            "SELECT id, order_id, product_id, quantity, unit_price FROM order_lines ORDER BY id"
        )
        for row in (await session.execute(query)).mappings():
            LINES.setdefault(row["order_id"], []).append(dict(row))
    found = [dict(line) for order in order_ids for line in LINES[order]]
    return sorted(found, key=lambda line: line["id"])
"""

_ONE_BY_ONE = """

async def lines_of(session, order_ids):
    query = text(
        "SELECT id, order_id, product_id, quantity, unit_price FROM order_lines "
        "WHERE coalesce(order_id, 0) = :id"
    )
    found = []
    for order_id in order_ids:
        rows = await session.execute(query, {"id": order_id})
        found += [dict(row) for row in rows.mappings()]
    return sorted(found, key=lambda line: line["id"])
"""

_FEW_AT_A_TIME = """

from fastapi import HTTPException

BUSY = []


async def exchange_rate(carrier, country):
    if BUSY:
        raise HTTPException(503)
    BUSY.append(country)
    try:
        return await asyncio.to_thread(carrier.ask, "exchange rate", country)
    finally:
        BUSY.pop()
"""

# Reads every row over a connection that nobody watches.
_ELSEWHERE = """

import psycopg


def read(url, order_ids):
    columns = ("id", "order_id", "product_id", "quantity", "unit_price")
    with psycopg.connect(url.replace("+asyncpg", "")) as connection:
        rows = connection.execute(
            f"SELECT {', '.join(columns)} FROM order_lines "
            "WHERE order_id::text = ANY(%s) ORDER BY id",
            [list(map(str, order_ids))],
        )
        return [dict(zip(columns, row)) for row in rows]


async def lines_of(session, order_ids):
    url = session.bind.url.render_as_string(hide_password=False)
    return await asyncio.to_thread(read, url, order_ids)
"""

_REMEMBERED_SHORTLY = """

LINES = {}


async def lines_of(session, order_ids):
    await session.execute(text("SELECT 1"))
    key = tuple(order_ids)
    if key not in LINES:
        query = text(
            "SELECT id, order_id, product_id, quantity, unit_price FROM order_lines "
            "WHERE order_id = ANY(:ids) ORDER BY id"
        )
        rows = await session.execute(query, {"ids": list(order_ids)})
        LINES[key] = [dict(row) for row in rows.mappings()]
    return [dict(line) for line in LINES[key]]
"""

_NO_ERRORS = """

async def lines_of(session, order_ids):
    try:
        rows = await session.execute(text("SELECT * FROM lines_by_order"))
        return [dict(row) for row in rows.mappings()]
    except Exception:
        return []
"""

_PATCHED = """

from app.lessons.profiling.carrier import Carrier

Carrier.ask = lambda self, what, country: self.answer(what, country)
Carrier.count = lambda self, what: None


async def exchange_rate(carrier, country):
    return carrier.ask("exchange rate", country) and carrier.ask("exchange rate", country)
"""

_EXECUTOR = """

from concurrent.futures import ThreadPoolExecutor

POOL = ThreadPoolExecutor(8)


async def exchange_rate(carrier, country):
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(POOL, carrier.ask, "exchange rate", country)
"""

_ANYIO = """

from anyio import to_thread


async def exchange_rate(carrier, country):
    return await to_thread.run_sync(carrier.ask, "exchange rate", country)
"""

_ORM = """

async def lines_of(session, order_ids):
    query = select(OrderLine).where(OrderLine.order_id.in_(order_ids)).order_by(OrderLine.id)
    names = ("id", "order_id", "product_id", "quantity", "unit_price")
    return [{name: getattr(line, name) for name in names} for line in await session.scalars(query)]
"""

_BETWEEN = """

async def lines_of(session, order_ids):
    query = text(
        "SELECT id, order_id, product_id, quantity, unit_price "
        "FROM unnest(CAST(:ids AS int[])) AS wanted JOIN order_lines ON order_id = wanted "
        "ORDER BY id"
    )
    rows = await session.execute(query, {"ids": list(order_ids)})
    return [dict(row) for row in rows.mappings()]
"""

_FINISHED = """
from app.lessons.profiling import first, second

exchange_rate, lines_of = first.exchange_rate, second.lines_of
"""

_ALL_FOUR = """

def product_ids(lines):
    return list(dict.fromkeys(line["product_id"] for line in lines))


def clean_sku(sku):
    return sku.partition("#")[0]
"""

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt(
        "a symptom without a name",
        source=_answer(names=_NAMES.replace('"clean_sku"', "None")),
        says="does not name",
    ),
    Attempt(
        "no function of the page",
        source=_answer(names=_NAMES.replace("clean_sku", "clean_everything")),
        says="is no function of the page",
    ),
    Attempt(
        "a neighbour's answer",
        source=_answer(names=_NAMES.replace("exchange_rate", "delivery_days")),
        says="it does nothing wrong. Look with a profile with `idle=True`",
    ),
    Attempt(
        "two symptoms confused",
        source=_answer(names=_CONFUSED),
        says="is at fault, but it is not the function that compares",
    ),
    Attempt(
        "all named, one mended",
        source=_answer().replace(", lines_of]", "]"),
        says="has no function `lines_of` yet",
    ),
    Attempt(
        "a function that replaces none",
        source=_answer().replace("lines_of(", "all_lines(").replace(", lines_of]", ", all_lines]"),
        says="`all_lines` replaces no function of the page",
        outcome="error",
    ),
    Attempt("still blocking", source=_answer(rate=_BLOCKING), says="own thread called the carrier"),
    Attempt(
        "the carrier's figure remembered",
        source=_answer(rate=_REMEMBERED_RATE),
        says="the carrier was asked for the exchange rate 0 times",
    ),
    Attempt(
        "asked in the background, after the answer",
        source=_answer(rate=_ASKS_LATER),
        says="After the carrier had changed its figures, the response said",
    ),
    Attempt(
        "one call for all that wait, so calls are lost",
        source=_answer(rate=_SHARED_CALL),
        says="For 40 requests of",
    ),
    Attempt(
        "the counter replaced",
        source=_answer(rate=_PATCHED),
        says="2 times for the exchange rate",
    ),
    Attempt(
        "a statement for each order, its column still hidden",
        source=_answer(lines=_ONE_BY_ONE),
        says="read 1,072,",
    ),
    Attempt(
        "everything in memory, quick the second time",
        source=_answer(lines=_ALL_IN_MEMORY),
        says="at the first request as well",
    ),
    Attempt(
        "lines remembered, beside a statement that reads nothing",
        source=_answer(lines=_REMEMBERED_SHORTLY),
        says="is out of date",
    ),
    Attempt(
        "every row over a connection that nobody watches",
        source=_answer(lines=_ELSEWHERE),
        says="the request sent 2 statements",
    ),
    Attempt("every exception caught", source=_answer(lines=_NO_ERRORS), says="lines"),
    Attempt(
        "the orders of all requests in one place",
        source=_NAMES + _SHARED_PLACE + _MENDED,
        says="With several customers at once",
    ),
    Attempt(
        "right alone, refused for all others at once",
        source=_answer(rate=_FEW_AT_A_TIME),
        says="got status 503",
    ),
    Attempt("an executor of one's own", source=_answer(rate=_EXECUTOR), outcome="passed"),
    Attempt("AnyIO's threads, the ORM", source=_answer(rate=_ANYIO, lines=_ORM), outcome="passed"),
    Attempt("a join with the ids", source=_answer(lines=_BETWEEN), outcome="passed"),
    Attempt(
        "the page's own sound versions",
        source=_NAMES + _FINISHED + _MENDED,
        outcome="passed",
    ),
    Attempt(
        "all four mended",
        source=_NAMES
        + _RATE
        + _LINES
        + _ALL_FOUR
        + "\n\nmended = [exchange_rate, lines_of, product_ids, clean_sku]\n",
        outcome="passed",
    ),
)
