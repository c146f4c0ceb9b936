"""Answers the check must refuse, each with the message it must give, and answers it must accept."""

from app.course.exercise import Attempt

_ROUTE = """
@router.patch("/products/prices", dependencies=[requires("catalog:write")])
"""

_POSITIONS = """    positions = {}
    for index, change in enumerate(prices):
        if change.id in positions:
            raise ChangedTwice(change.id, f"body.{index}.id", positions[change.id])
        positions[change.id] = index
    ids = list(positions)
    values = {"ids": ids, "prices": [change.price for change in prices]}
"""

_UNKNOWN = """    unknown = {n: number for number, n in positions.items() if number not in known}
    if unknown:
        raise UnknownProducts(unknown)
"""

_DONE = """    changes(session, "products", *(f"product:{number}" for number in ids))
    return PricesChanged(count=len(prices))
"""

_LOCK = (
    '"SELECT id FROM products WHERE id = ANY(CAST(:ids AS int[])) ORDER BY id FOR NO KEY UPDATE"'
)
_KNOWN = f"    known = set(await session.scalars(text({_LOCK}), values))\n"
_FROM_ARRAYS = '''text("""
    UPDATE products SET price = change.price
    FROM unnest(CAST(:ids AS int[]), CAST(:prices AS numeric[])) AS change (id, price)
    WHERE products.id = change.id RETURNING products.id
""")'''


def _endpoint(body: str, *, before: str = "", parameters: str = "") -> str:
    """A cell with that body of the endpoint."""
    head = f"async def change_prices(prices: Prices, session: WriteSession{parameters}):\n"
    return f"router = APIRouter()\n{before}\n{_ROUTE}{head}{_POSITIONS}{body}"


_LOOP = _endpoint(
    """    known = set()
    for change in sorted(prices, key=lambda change: change.id):
        body = await change_product(session, change.id, {"price": change.price})
        if body is not None:
            known.add(change.id)
"""
    + _UNKNOWN
    + _DONE
)

_HIDDEN_LOOP = _endpoint(
    _KNOWN
    + _UNKNOWN
    + """    for change in prices:
        single = "UPDATE products SET price = :price WHERE id = :id"
        mark = CURRENT.set(None)
        await session.execute(text(single), {"id": change.id, "price": change.price})
        CURRENT.reset(mark)
"""
    + _DONE,
    before="from app.lab.wire.ledger import CURRENT\n",
)

_LITERAL = """
import json
from fastapi import Request

router = APIRouter()


@router.patch("/products/prices", dependencies=[requires("catalog:write")])
async def change_prices(request: Request, session: WriteSession):
    wanted = json.loads(await request.body())
    for index, change in enumerate(wanted):
        first = [other["id"] for other in wanted].index(change["id"])
        if first != index:
            raise ChangedTwice(change["id"], f"body.{index}.id", first)
    rows = ", ".join(f"({change['id']}, {change['price']})" for change in wanted) or "(0, 0.0)"
    found = await session.scalars(text(f\"\"\"
        UPDATE products SET price = change.price FROM (VALUES {rows}) AS change (id, price)
        WHERE products.id = change.id RETURNING products.id
    \"\"\"))
    known = set(found)
    if len(known) < len(wanted):
        unknown = {n: change["id"] for n, change in enumerate(wanted) if change["id"] not in known}
        raise UnknownProducts(unknown)
    changes(session, "products", *(f"product:{number}" for number in known))
    return PricesChanged(count=len(wanted))
"""

_OUTSIDE_THE_TRANSACTION = _endpoint(
    f"    known = set(await reading.scalars({_FROM_ARRAYS}, values))\n" + _UNKNOWN + _DONE,
    before="from app.shop.dependencies import ReadSession\n",
    parameters=", reading: ReadSession",
)

_TWO_CONNECTIONS = _endpoint(
    f"""    await session.connection()
    async with database.reading() as reading:
        found = await reading.scalars(text("SELECT id FROM products ORDER BY id"))
        known = set(found)
{_UNKNOWN}    await session.execute(text({_LOCK}), values)
    await session.execute({_FROM_ARRAYS}, values)
"""
    + _DONE,
    before="from app.shop.dependencies import DatabaseDep\n",
    parameters=", database: DatabaseDep",
)

_IN_THE_BACKGROUND = _endpoint(
    """    found = await session.scalars(
        text("SELECT id FROM products WHERE id = ANY(CAST(:ids AS int[]))"), values
    )
    known = set(found)
"""
    + _UNKNOWN
    + """    background.add_task(store, database, cache, values)
    return PricesChanged(count=len(prices))
""",
    before=f"""from fastapi import BackgroundTasks
from app.shop.dependencies import CacheDep, DatabaseDep


async def store(database, cache, values):
    async with database.writing() as session:
        await session.execute(text({_LOCK}), values)
        await session.execute({_FROM_ARRAYS}, values)
    await cache.drop(["products", *(f"product:{{number}}" for number in values["ids"])])

""",
    parameters=", background: BackgroundTasks, database: DatabaseDep, cache: CacheDep",
)

_WRITES_BACK_ALL = _endpoint(
    """    rows = await session.execute(
        text("SELECT id, sku, name, category_id FROM products WHERE id = ANY(CAST(:ids AS int[]))"),
        values,
    )
    rows = sorted(rows)
    known = {row.id for row in rows}
"""
    + _UNKNOWN
    + """    new = [prices[positions[row.id]].price for row in rows]
    await session.execute(text(\"\"\"
        INSERT INTO products (id, sku, name, category_id, price)
        SELECT * FROM unnest(CAST(:ids AS int[]), CAST(:skus AS text[]), CAST(:names AS text[]),
                             CAST(:categories AS int[]), CAST(:prices AS numeric[]))
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, price = excluded.price
    \"\"\"), {
        "ids": [row.id for row in rows], "skus": [row.sku for row in rows],
        "names": [row.name for row in rows], "categories": [row.category_id for row in rows],
        "prices": new,
    })
"""
    + _DONE
)

_LATE_BY_ONE = _endpoint(
    _KNOWN
    + _UNKNOWN
    + f"""    LATEST.append(values)
    if len(LATEST) > 1:
        await session.execute({_FROM_ARRAYS}, LATEST.pop(0))
"""
    + _DONE,
    before="LATEST = []\n",
)

_REMEMBERED = _endpoint(
    """    if str(values) in ANSWERED:
        return ANSWERED[str(values)]
"""
    + _KNOWN
    + _UNKNOWN
    + f"""    await session.execute({_FROM_ARRAYS}, values)
    changes(session, "products", *(f"product:{{number}}" for number in ids))
    ANSWERED[str(values)] = PricesChanged(count=len(prices))
    return ANSWERED[str(values)]
""",
    before="ANSWERED = {}\n",
)

_SHARED = _endpoint(
    """    STATE["values"] = values
"""
    + _KNOWN
    + _UNKNOWN
    + f"""    latest = STATE["values"]["prices"]
    await session.execute({_FROM_ARRAYS}, {{"ids": ids, "prices": latest}})
"""
    + _DONE,
    before="STATE = {}\n",
)

_DROPPED_EARLY = _endpoint(
    _KNOWN
    + _UNKNOWN
    + f"""    await session.execute({_FROM_ARRAYS}, values)
    await cache.drop(["products", *(f"product:{{number}}" for number in ids)])
    return PricesChanged(count=len(prices))
""",
    before="from app.shop.dependencies import CacheDep\n",
    parameters=", cache: CacheDep",
)

_DROPPED_ONE_BY_ONE = _endpoint(
    f"""    async with database.writing() as session:
        known = set(await session.scalars(text({_LOCK}), values))
        unknown = {{index: number for number, index in positions.items() if number not in known}}
        if unknown:
            raise UnknownProducts(unknown)
        await session.execute({_FROM_ARRAYS}, values)
    for tag in ["products", *(f"product:{{number}}" for number in ids)]:
        await cache.drop([tag])
    return PricesChanged(count=len(prices))
""",
    before="from app.shop.dependencies import CacheDep, DatabaseDep\n",
    parameters=", cache: CacheDep, database: DatabaseDep",
).replace(", session: WriteSession", "")

_IN_THE_ORDER_OF_THE_BODY = _endpoint(
    f"    known = set(await session.scalars({_FROM_ARRAYS}, values))\n" + _UNKNOWN + _DONE
)

_CATCHES_EVERYTHING = _endpoint(
    """    try:
        async with database.writing() as session:
            await store(session, positions, values)
    except UnknownProducts:
        raise
    except Exception:
        return PricesChanged(count=len(prices))
    await cache.drop(["products", *(f"product:{number}" for number in ids)])
    return PricesChanged(count=len(prices))
""",
    before=f"""from app.shop.dependencies import CacheDep, DatabaseDep


async def store(session, positions, values):
    known = set(await session.scalars({_FROM_ARRAYS}, values))
{_UNKNOWN}
""",
    parameters=", cache: CacheDep, database: DatabaseDep",
).replace(", session: WriteSession", "")

_SKIPS_LOCKED = _endpoint(
    _KNOWN.replace("FOR NO KEY UPDATE", "FOR NO KEY UPDATE SKIP LOCKED")
    + _UNKNOWN
    + f"    await session.execute({_FROM_ARRAYS}, values)\n"
    + _DONE
)

_ONE_STATEMENT = _endpoint(
    '''    known = set(await session.scalars(text("""
        WITH change AS (
            SELECT * FROM unnest(CAST(:ids AS int[]), CAST(:prices AS numeric[])) AS c (id, price)
        ), locked AS MATERIALIZED (
            SELECT products.id FROM products JOIN change USING (id) ORDER BY id FOR NO KEY UPDATE
        )
        UPDATE products SET price = change.price FROM change JOIN locked USING (id)
        WHERE products.id = change.id RETURNING products.id
    """), values))
'''
    + _UNKNOWN
    + _DONE
)

_VALUES = _endpoint(
    """    found = select(Product.id).where(Product.id.in_(ids)).order_by(Product.id)
    known = set(await session.scalars(found.with_for_update()))
"""
    + _UNKNOWN
    + """    rows = [(change.id, change.price) for change in prices]
    new = sql_values(column("id", Integer), column("price", Numeric), name="new").data(rows)
    await session.execute(
        update(Product).where(Product.id == new.c.id).values(price=new.c.price),
        execution_options={"synchronize_session": False},
    )
"""
    + _DONE,
    before="""from sqlalchemy import Integer, Numeric, column, select, update
from sqlalchemy import values as sql_values

from app.shop.models import Product
""",
)

_COPY = _endpoint(
    '''    await session.execute(text(
        "CREATE TEMPORARY TABLE new (id int, price numeric) ON COMMIT DROP"
    ))
    driver = (await (await session.connection()).get_raw_connection()).driver_connection
    rows = [(change.id, change.price) for change in prices]
    await driver.copy_records_to_table("new", records=rows)
    known = set(await session.scalars(text("""
        WITH locked AS MATERIALIZED (
            SELECT products.id FROM products JOIN new USING (id) ORDER BY id FOR NO KEY UPDATE
        )
        UPDATE products SET price = new.price FROM new JOIN locked USING (id)
        WHERE products.id = new.id RETURNING products.id
    """)))
'''
    + _UNKNOWN
    + _DONE
)

_FINISHED = """
from app.shop.catalog import prices as finished

router = APIRouter()


@router.patch("/products/prices", dependencies=[requires("catalog:write")])
async def change_prices(prices: Prices, session: WriteSession) -> PricesChanged:
    await finished.change_prices(session, prices)
    changes(session, "products", *(f"product:{change.id}" for change in prices))
    return PricesChanged(count=len(prices))
"""

_UPDATE_CALL = (
    '    await session.execute(UPDATE, {"ids": ids, "prices": [change.price for change in prices]})'
)
_CHANGES = 'changes(session, "products", *(f"product:{number}" for number in ids))'
_REFUSAL = """    if unknown:
        raise UnknownProducts(unknown)
"""

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt(
        "a statement per product",
        source=_LOOP,
        says="took 1,500 SQL statements; expected at most 3",
    ),
    Attempt(
        "a statement per product, hidden from the counters",
        source=_HIDDEN_LOOP,
        says="PostgreSQL executed 40 UPDATE statements",
    ),
    Attempt(
        "fast, but the cache keeps the old prices",
        edits=((_CHANGES, "pass"),),
        says="GET /api/products/17 and GET /api/products?limit=5&after=14. There",
    ),
    Attempt(
        "fast, but only the lists are invalidated",
        edits=((_CHANGES, 'changes(session, "products")'),),
        says="still as before: GET /api/products/17. There",
    ),
    Attempt(
        "fast, but only the pages of the products are invalidated",
        edits=((_CHANGES, 'changes(session, *(f"product:{number}" for number in ids))'),),
        says="still as before: GET /api/products?limit=5&after=14. There",
    ),
    Attempt(
        "fast, but far more is invalidated than was changed",
        edits=((_CHANGES, _CHANGES.replace("in ids", "in range(1, 3809)")),),
        says="3768 tags were invalidated that show none of the changed prices",
    ),
    Attempt(
        "a request that was answered before is not carried out again",
        source=_REMEMBERED,
        says="After the price that a product had before, still as before: GET /api/products/17",
    ),
    Attempt(
        "unknown products skipped",
        edits=((_REFUSAL, ""),),
        says="40 unknown products among 300 known ones, your endpoint answered with status 200",
    ),
    Attempt(
        "only the first unknown product named",
        edits=(
            (
                "raise UnknownProducts(unknown)",
                "raise UnknownProducts(dict([*unknown.items()][:1]))",
            ),
        ),
        says="has 1 item, expected 40",
    ),
    Attempt(
        "the last of two prices for a product wins",
        edits=(
            (
                """        if change.id in positions:
            raise ChangedTwice(change.id, f"body.{index}.id", positions[change.id])
""",
                "",
            ),
            ("for change in prices]})", "for change in prices][: len(ids)]})"),
        ),
        says="named twice, with two prices, your endpoint answered with status 200",
    ),
    Attempt(
        "half written: every statement a transaction of its own",
        source=_OUTSIDE_THE_TRANSACTION,
        says="A request that is refused must change nothing",
    ),
    Attempt(
        "SQL built from the body",
        source=_LITERAL,
        says="SQL in place of an id, your endpoint answered with status 200",
    ),
    Attempt(
        "every exception caught",
        source=_CATCHES_EVERYTHING,
        says="some of the prices are not stored",
    ),
    Attempt(
        "each request stores the prices of the one before",
        source=_LATE_BY_ONE,
        says="which nobody had read before, shows an old price",
    ),
    Attempt(
        "stored in the background, after the response",
        source=_IN_THE_BACKGROUND,
        says="without waiting for it",
    ),
    Attempt(
        "a second connection while the first is held",
        source=_TWO_CONNECTIONS,
        says="With a pool of a single connection, your endpoint answered with status 503",
    ),
    Attempt(
        "products that somebody else has locked count as unknown",
        source=_SKIPS_LOCKED,
        says="without waiting for it",
    ),
    Attempt(
        "all columns written back",
        source=_WRITES_BACK_ALL,
        says="the new name was gone",
    ),
    Attempt(
        "invalidated before the commit",
        source=_DROPPED_EARLY,
        says="before the new prices were committed",
    ),
    Attempt(
        "invalidated tag by tag",
        source=_DROPPED_ONE_BY_ONE,
        says="in 41 calls for 40 prices",
    ),
    Attempt(
        "right alone, but locked in the order of the body",
        source=_IN_THE_ORDER_OF_THE_BODY,
        says="a deadlock",
    ),
    Attempt(
        "right alone, but with state shared between requests",
        source=_SHARED,
        says="some prices were those of one request",
    ),
    Attempt("everything in one statement", source=_ONE_STATEMENT, outcome="passed"),
    Attempt("VALUES, built by SQLAlchemy", source=_VALUES, outcome="passed"),
    Attempt("COPY into a temporary table", source=_COPY, outcome="passed"),
    Attempt("the shop's own function", source=_FINISHED, outcome="passed"),
)
