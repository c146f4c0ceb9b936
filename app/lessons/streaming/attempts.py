"""Answers the check must refuse, each with the message it must give, and answers it must accept."""

from app.course.exercise import Attempt

_ROUTE = """
@router.get("/export/order-lines")
async def export_order_lines(database: DatabaseDep, country: Country = None):
"""
_RESPONSE = """
    return StreamingResponse(lines(), media_type="application/jsonl")
"""
_LOOP = "                while rows := await cursor.fetch(1000):\n"
_YIELD = '                    yield "".join(f"{row[0]}\\n" for row in rows)\n'
_SHIELD = """                with CancelScope(shield=True):
                    await driver.execute("ROLLBACK")
"""


def _endpoint(body: str, *, before: str = "") -> str:
    """A cell with that body of the endpoint."""
    return f"router = APIRouter()\n{before}\n{_ROUTE}{body}"


def _generator(body: str, *, before: str = "") -> str:
    """A cell whose endpoint streams what ``lines`` generates."""
    return _endpoint(f"    async def lines():\n{body}{_RESPONSE}", before=before)


_ORM = """
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.shop.export.schemas import ExportedLine
from app.shop.models import Order, OrderLine, Product

QUERY = (
    select(
        Order.number.label("order_number"), Order.placed_at, Order.country, Product.sku,
        Product.name.label("product_name"), OrderLine.quantity, OrderLine.unit_price,
        (OrderLine.quantity * OrderLine.unit_price).label("line_total"),
    )
    .select_from(OrderLine)
    .join(OrderLine.order)
    .join(OrderLine.product)
)


def as_line(row):
    return ExportedLine.model_validate(row, from_attributes=True).model_dump_json() + "\\n"

"""

_SESSION = """        query = QUERY if country is None else QUERY.where(Order.country == country)
        async with AsyncSession(database.engine) as session:
"""

_STREAM_OF_THE_SESSION = _generator(
    _SESSION
    + """            async for row in await session.stream(query):
                yield as_line(row)
""",
    before=_ORM,
)

_YIELD_PER = _generator(
    _SESSION
    + """            result = await session.stream(query.execution_options(yield_per=500))
            async for rows in result.partitions(500):
                yield "".join(map(as_line, rows))
""",
    before=_ORM,
)

_ARRAY = _generator(
    """        async with database.driver() as driver, driver.transaction():
            yield "["
            comma = ""
            async for row in driver.cursor(JSON_LINES, country):
                yield comma + row[0]
                comma = ",\\n"
            yield "]\\n"
"""
)

_ONE_STRING = _endpoint(
    """    async def lines():
        query = f"SELECT string_agg(line.text || chr(10), '') FROM ({JSON_LINES}) AS line (text)"
        body = await database.fetch_value(query, country) or ""
        for start in range(0, len(body), 100_000):
            yield body[start : start + 100_000]
"""
    + _RESPONSE
)

_OFFSET = _generator(
    """        offset = 0
        query = f"{JSON_LINES} ORDER BY line.id LIMIT 5000 OFFSET $2"
        while True:
            async with database.driver() as driver:
                rows = await driver.fetch(query, country, offset)
            if not rows:
                return
            yield "".join(f"{row[0]}\\n" for row in rows)
            offset += len(rows)
"""
)

_KEYSET_QUERY = """
PAGE = JSON_LINES.replace("SELECT sale.head", "SELECT line.id, sale.head")
PAGE += " WHERE line.id > $2 ORDER BY line.id LIMIT 5000"

"""

_KEYSET = _generator(
    """        last = 0
        while True:
            async with database.driver() as driver:
                rows = await driver.fetch(PAGE, country, last)
            if not rows:
                return
            yield "".join(f"{row[1]}\\n" for row in rows)
            last = rows[-1][0]
""",
    before=_KEYSET_QUERY,
)

_KEYSET_IN_A_SNAPSHOT = _generator(
    """        last = 0
        async with database.engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            while True:
                page = await connection.exec_driver_sql(PAGE, (country, last))
                if not (rows := page.all()):
                    return
                yield "".join(f"{row[1]}\\n" for row in rows)
                last = rows[-1][0]
""",
    before=_KEYSET_QUERY,
)

# The driver passes on what it has received at a time: up to 256 KB, or 1,300 rows.
_QUEUE = """
import asyncio


async def produce(database, country, queue):
    async def put(data):
        await queue.put(bytes(data))

    try:
        async with database.driver() as driver:
            try:
                await driver.copy_from_query(
                    JSON_LINES, country, output=put, format="csv", delimiter="\\x01", quote="\\x02"
                )
            finally:
                with CancelScope(shield=True):
                    await driver.execute("ROLLBACK")
        await queue.put(None)
    except Exception as error:
        await queue.put(error)

"""

_TAKE = """
            while (piece := await queue.get()) is not None:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
"""

_READS_AHEAD = _generator(
    """        queue = asyncio.Queue()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(produce(database, country, queue))"""
    + _TAKE,
    before=_QUEUE,
)

_ORPHANED = _generator(
    """        queue = asyncio.Queue(maxsize=2)
        task = asyncio.create_task(produce(database, country, queue))
        TASKS.add(task)
        if True:"""
    + _TAKE,
    before=f"{_QUEUE}\nTASKS = set()\n",
)

_COPY = _generator(
    """        queue = asyncio.Queue(maxsize=2)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(produce(database, country, queue))"""
    + _TAKE,
    before=_QUEUE,
)

_FINISHED = """
from app.shop.export.forms import FORMS
from app.shop.export.response import CopyResponse
from app.shop.export.router import Slots

router = APIRouter()


@router.get("/export/order-lines")
async def export_order_lines(database: DatabaseDep, slots: Slots, country: Country = None):
    return CopyResponse(database, slots, FORMS["jsonl"], {}, country)
"""

_BY_FASTAPI = f"""
from collections.abc import AsyncIterable
{_ORM}
router = APIRouter()


@router.get("/export/order-lines")
async def export_order_lines(
    database: DatabaseDep, country: Country = None
) -> AsyncIterable[ExportedLine]:
    query = QUERY if country is None else QUERY.where(Order.country == country)
    async with AsyncSession(database.engine) as session:
        result = await session.stream(query.execution_options(yield_per=500))
        async for row in result:
            yield ExportedLine.model_validate(row, from_attributes=True)
"""

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt("one JSON array instead of lines", source=_ARRAY, says="it is not JSON"),
    Attempt(
        "the last page forgotten",
        edits=(
            (
                _LOOP + _YIELD,
                "                while len(rows := await cursor.fetch(1000)) == 1000:\n" + _YIELD,
            ),
        ),
        says="lines are missing",
    ),
    Attempt(
        "one generator for all requests, right the first time",
        edits=(
            ("router = APIRouter()", "router = APIRouter()\nSTATE = {}"),
            (
                "return StreamingResponse(lines()",
                'return StreamingResponse(STATE.setdefault("lines", lines())',
            ),
        ),
        says="was not right the second time",
    ),
    Attempt(
        "the session's stream without yield_per",
        source=_STREAM_OF_THE_SESSION,
        says="had been fetched before the first byte",
    ),
    Attempt("everything in one string, by PostgreSQL", source=_ONE_STRING, says="The process grew"),
    Attempt(
        "a task that reads ahead into an unbounded queue",
        source=_READS_AHEAD,
        says="the export went on fetching",
    ),
    Attempt(
        "right alone, but the country of all requests in one place",
        edits=(
            ("router = APIRouter()", "router = APIRouter()\nSTATE = {}"),
            (
                "    async def lines():\n",
                '    STATE["country"] = country\n\n    async def lines():\n',
            ),
            ("driver.cursor(JSON_LINES, country)", 'driver.cursor(JSON_LINES, STATE["country"])'),
        ),
        says="wrong while another export was in the middle",
    ),
    Attempt("OFFSET pages", source=_OFFSET, says="and has not: 500 of"),
    Attempt(
        "pages by id, each from a snapshot of its own",
        source=_KEYSET,
        says="and has not: 200 of",
    ),
    Attempt(
        "small exports remembered",
        edits=(
            ("router = APIRouter()", "router = APIRouter()\nKNOWN = {}"),
            (
                "    async def lines():\n",
                "    async def lines():\n        if country in KNOWN:\n"
                "            yield KNOWN[country]\n            return\n",
            ),
            (
                _LOOP + _YIELD,
                _LOOP
                + """                    piece = "".join(f"{row[0]}\\n" for row in rows)
                    yield piece
                    if len(rows) < 1000 and country:
                        KNOWN[country] = piece
""",
            ),
        ),
        says="was out of date",
    ),
    Attempt(
        "a task that outlives the reader",
        source=_ORPHANED,
        says="connections (active, waits for ClientWrite)",
    ),
    Attempt(
        "the transaction not protected from the cancellation",
        edits=((_SHIELD, '                await driver.execute("ROLLBACK")\n'),),
        says="left in the middle and nothing moves any more",
    ),
    Attempt(
        "the error swallowed",
        edits=(
            (
                "            finally:\n",
                "            except Exception:\n                pass\n            finally:\n",
            ),
        ),
        says="ended as a complete response does",
    ),
    Attempt(
        "the error as a last line",
        edits=(
            (
                "            finally:\n",
                """            except Exception as error:
                yield f'{{"error": "{type(error).__name__}"}}\\n'
            finally:
""",
            ),
        ),
        says="lines and then ended as a complete response does",
    ),
    Attempt("a session's stream with yield_per", source=_YIELD_PER, outcome="passed"),
    Attempt("COPY through a short queue", source=_COPY, outcome="passed"),
    Attempt("pages by id in one snapshot", source=_KEYSET_IN_A_SNAPSHOT, outcome="passed"),
    Attempt("FastAPI's own stream of models", source=_BY_FASTAPI, outcome="passed"),
    Attempt("the shop's own response", source=_FINISHED, outcome="passed"),
)
