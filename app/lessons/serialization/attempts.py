"""Answers the check must refuse, each with the message it must give, and answers it must accept."""

from app.course.exercise import Attempt
from app.lessons.serialization.check import GUEST

_RETURN_USERS = "return await accounts.list_users(session, limit, after)"
_RETURN_ORDER = "    return order"
_DUMPED = (
    "return [User.model_validate(found).model_dump() "
    "for found in await accounts.list_users(session, limit, after)]"
)

_ORDER = """

@router.get("/orders/{order_id:int}", response_model=Order)
async def get_order(session: ReadSession, order_id: Id):
    order = await orders.find_order(session, order_id)
    if order is None:
        raise NotFound("order", order_id)
    return order
"""


def _users(body: str, head: str = "") -> str:
    """The endpoint of the users with this body, and the order as in the solution."""
    return f"""{head}
router = APIRouter()


@router.get("/users", response_model=list[User])
async def list_users(session: ReadSession, limit: Limit = 20, after: After = 0):
    {body}
{_ORDER}"""


_ROWS = """from sqlalchemy import select

from app.lessons.serialization.rows import LINES
from app.shop import models


async def read_order(session, order_id):
    columns = [getattr(models.Order, name) for name in Order.model_fields if name != "lines"]
    row = (await session.execute(select(*columns).where(models.Order.id == order_id))).one_or_none()
    if row is None:
        return None
    found = await session.execute(LINES.where(models.OrderLine.order_id == order_id))
    lines = [
        {
            "id": line.id,
            "quantity": line.quantity,
            "unit_price": line.unit_price,
            "product": {"id": line.product_id, "sku": line.sku, "name": line.name},
        }
        for line in found
    ]
    return {**row._mapping, "lines": lines}
"""


def _by_hand(write: str) -> str:
    """The users as in the solution, and an order as the text that ``write`` makes of it."""
    return (
        _users(_RETURN_USERS, head=_ROWS)
        .replace("orders.find_order", "read_order")
        .replace("return order\n", f'return Response({write}, media_type="application/json")\n')
    )


_ADAPTERS = """from pydantic import TypeAdapter

router = APIRouter()
USERS, ORDER = TypeAdapter(list[User]), TypeAdapter(Order)


def written(adapter, found):
    valid = adapter.validate_python(found, from_attributes=True)
    return Response(adapter.dump_json(valid), media_type="application/json")


@router.get("/users", response_model=list[User])
async def list_users(session: ReadSession, limit: Limit = 20, after: After = 0):
    return written(USERS, await accounts.list_users(session, limit, after))


@router.get("/orders/{order_id:int}", response_model=Order)
async def get_order(session: ReadSession, order_id: Id):
    order = await orders.find_order(session, order_id)
    if order is None:
        raise NotFound("order", order_id)
    return written(ORDER, order)
"""

_FINISHED = """from app.shop.accounts import queries as account_queries
from app.shop.dependencies import DatabaseDep
from app.shop.json_sql import json_response
from app.shop.orders import queries as order_queries

router = APIRouter()


@router.get("/users", response_model=list[User])
async def list_users(database: DatabaseDep, limit: Limit = 20, after: After = 0):
    return json_response(await account_queries.list_users(database, limit, after))


@router.get("/orders/{order_id:int}", response_model=Order)
async def get_order(database: DatabaseDep, order_id: Id):
    order = await order_queries.find_order(database, order_id)
    if order is None:
        raise NotFound("order", order_id)
    return json_response(order)
"""

_REMEMBERED = f"""KEPT = {{}}
{
    _users(_RETURN_USERS)
    .replace("order = await", "order = KEPT.get(order_id) or await")
    .replace("return order", "return KEPT.setdefault(order_id, order)")
}"""

# Its key changes with the data, so only the work of the first request gives it away.
_VALIDATED_TWICE_ONCE = _users(
    """key = await session.scalar(VERSION), limit, after
    if key not in KEPT:
        found = await accounts.list_users(session, limit, after)
        found = [User.model_validate(account).model_dump() for account in found]
        KEPT[key] = [User.model_validate(account) for account in found]
    return KEPT[key]""",
    head="""from sqlalchemy import text

KEPT = {}
VERSION = text("SELECT md5(string_agg(account::text, ',' ORDER BY id)) FROM accounts AS account")
""",
)

_REFRESHED_LATER = _users(
    """if (limit, after) in KEPT:
        later.add_task(refresh, database, limit, after)
    else:
        await refresh(database, limit, after)
    return KEPT[limit, after]""",
    head="""from fastapi import BackgroundTasks

from app.shop.dependencies import DatabaseDep

KEPT = {}


async def refresh(database, limit, after):
    async with database.reading() as session:
        KEPT[limit, after] = await accounts.list_users(session, limit, after)

""",
).replace(
    "list_users(session: ReadSession, limit",
    "list_users(later: BackgroundTasks, database: DatabaseDep, limit",
)

_SHARED = _users(
    """STATE["page"] = limit, after
    await session.connection()
    return await accounts.list_users(session, *STATE["page"])""",
    head="STATE = {}",
)

_UNSEEN = _users(
    """found = await accounts.list_users(session, limit, after)
    return Context().run(twice, found)""",
    head="""from contextvars import Context


def twice(found):
    found = [User.model_validate(account).model_dump() for account in found]
    return [User.model_validate(account) for account in found]

""",
)

_HOOK_REMOVED = _users(
    f"BaseModel.model_validate = VALIDATE\n    {_DUMPED}",
    head="""from pydantic import BaseModel

VALIDATE = vars(BaseModel)["model_validate"]
""",
)

_EVERYTHING_CAUGHT = _users(
    f"""try:
        {_RETURN_USERS}
    except Exception:
        return []"""
)

_PARAMETERS_BY_HAND = _users(
    """limit = number(request.query_params.get("limit", "20"))
    after = number(request.query_params.get("after", "0"))
    """
    + _RETURN_USERS,
    head="""from fastapi import Request


def number(text):
    return int(text) if text.isdigit() else 0

""",
).replace(
    "list_users(session: ReadSession, limit: Limit = 20, after: After = 0)",
    "list_users(request: Request, session: ReadSession)",
)

_ORJSON = "orjson.dumps(order, default=str, option=orjson.OPT_UTC_Z)"
_MSGSPEC = '__import__("msgspec").json.encode(order)'

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt(
        "no custom class, but still validated twice",
        edits=((_RETURN_USERS, _DUMPED),),
        says="Pydantic built",
    ),
    Attempt(
        "no response model: every column is sent",
        edits=(
            ('"/users", response_model=list[User]', '"/users"'),
            (
                _RETURN_USERS,
                "from app.lessons.serialization.rows import to_dict\n"
                "    found = await accounts.list_users(session, limit, after)\n"
                "    return [to_dict(account) for account in found]",
            ),
        ),
        says="unexpectedly has",
    ),
    Attempt(
        "right, but encoded value by value",
        edits=(
            (", response_model=Order", ""),
            (_RETURN_ORDER, '    return Order.model_validate(order).model_dump(mode="json")\n'),
        ),
        says="`jsonable_encoder` was called",
    ),
    Attempt(
        "prices as numbers",
        source=_by_hand("orjson.dumps(order, default=float, option=orjson.OPT_UTC_Z)"),
        says="unit_price is",
    ),
    Attempt(
        "times with another suffix",
        source=_by_hand("orjson.dumps(order, default=str)"),
        says="+00:00",
    ),
    Attempt(
        "null left out",
        edits=(("response_model=Order", "response_model=Order, response_model_exclude_none=True"),),
        says="lacks `account_id`",
    ),
    Attempt(
        "the same values in another order",
        source=_by_hand(_ORJSON.replace("OPT_UTC_Z", "OPT_UTC_Z | orjson.OPT_SORT_KEYS")),
        says="written differently",
    ),
    Attempt(
        "the page ignored",
        edits=(("(session, limit, after)", "(session, limit)"),),
        says="response[0].id is 1, expected 3001",
    ),
    Attempt(
        "parameters that nobody validates",
        source=_PARAMETERS_BY_HAND,
        says="GET /api/users?limit=0 answered with status",
    ),
    Attempt(
        "null for an unknown order",
        edits=(
            ('        raise NotFound("order", order_id)\n', "        return None\n"),
            ("response_model=Order", "response_model=Order | None"),
        ),
        says="answered with status 200; expected 404",
    ),
    Attempt(
        "the right text, but no longer documented",
        source=_FINISHED.replace(", response_model=Order", ""),
        says="no longer has the fields of GET /orders/{order_id}",
    ),
    Attempt(
        "an order remembered",
        source=_REMEMBERED,
        says=f"GET /api/orders/{GUEST} is out of date",
    ),
    Attempt(
        "refreshed in the background, after the response",
        source=_REFRESHED_LATER,
        says="(renamed)",
    ),
    Attempt(
        "validated twice, but only at the first request",
        source=_VALIDATED_TWICE_ONCE,
        says="at the first request, Pydantic built",
    ),
    Attempt(
        "right alone, but the pages mixed up among concurrent requests",
        source=_SHARED,
        says="With several customers at once",
    ),
    Attempt("every exception caught", source=_EVERYTHING_CAUGHT, says="could not be reached"),
    Attempt("validated where nobody counts", source=_UNSEEN, says="on behalf of no request"),
    Attempt("a hook removed", source=_HOOK_REMOVED, says="your code replaced a function"),
    Attempt(
        "instances of the models",
        edits=(
            (
                _RETURN_USERS,
                "return [User.model_validate(found) "
                "for found in await accounts.list_users(session, limit, after)]",
            ),
            (_RETURN_ORDER, "    return Order.model_validate(order)\n"),
        ),
        outcome="passed",
    ),
    Attempt("a type adapter that writes the JSON", source=_ADAPTERS, outcome="passed"),
    Attempt("orjson on plain rows", source=_by_hand(_ORJSON), outcome="passed"),
    Attempt("msgspec on plain rows", source=_by_hand(_MSGSPEC), outcome="passed"),
    Attempt("the finished shop's own queries", source=_FINISHED, outcome="passed"),
)
