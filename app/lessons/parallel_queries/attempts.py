"""Answers the check must refuse, each with the message it must give, and answers it must accept."""

from app.course.exercise import Attempt

_PART = """router = APIRouter()


async def part(database, query, account_id):
    async with database.reading() as session:
        return await read(session, query, account_id)


"""

_IN_TURN = (
    _PART
    + """@router.get("/dashboard")
async def get_dashboard(database: DatabaseDep, user: CurrentUser):
    queries = (ACCOUNT, RECENT_ORDERS, STATISTICS, NOTIFICATIONS)
    return dashboard(user, *[await part(database, query, user.id) for query in queries])
"""
)

_ONE_SESSION = """router = APIRouter()


@router.get("/dashboard")
async def get_dashboard(session: ReadSession, user: CurrentUser):
    queries = (ACCOUNT, RECENT_ORDERS, STATISTICS, NOTIFICATIONS)
    parts = await asyncio.gather(*(read(session, query, user.id) for query in queries))
    return dashboard(user, *parts)
"""

_SESSION_EACH = (
    _PART
    + """@router.get("/dashboard")
async def get_dashboard(database: DatabaseDep, user: CurrentUser):
    queries = (ACCOUNT, RECENT_ORDERS, STATISTICS, NOTIFICATIONS)
    parts = await asyncio.gather(*(part(database, query, user.id) for query in queries))
    return dashboard(user, *parts)
"""
)

_HOLDS_THE_FIRST = """router = APIRouter()


async def others(database, account_id):
    async with database.reading() as session:
        statistics = await read(session, STATISTICS, account_id)
        return statistics, await read(session, NOTIFICATIONS, account_id)


@router.get("/dashboard")
async def get_dashboard(session: ReadSession, database: DatabaseDep, user: CurrentUser):
    task = asyncio.create_task(others(database, user.id))
    try:
        account = await read(session, ACCOUNT, user.id)
        recent_orders = await read(session, RECENT_ORDERS, user.id)
        return dashboard(user, account, recent_orders, *await task)
    finally:
        task.cancel()
"""

_TWO_SESSIONS = """router = APIRouter()


async def two(database, one, other, account_id):
    async with database.reading() as session:
        return await read(session, one, account_id), await read(session, other, account_id)


@router.get("/dashboard")
async def get_dashboard(database: DatabaseDep, user: CurrentUser):
    try:
        async with asyncio.TaskGroup() as group:
            head = group.create_task(two(database, ACCOUNT, RECENT_ORDERS, user.id))
            tail = group.create_task(two(database, STATISTICS, NOTIFICATIONS, user.id))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return dashboard(user, *head.result(), *tail.result())
"""

_GROUP_NOT_UNWRAPPED = """router = APIRouter()


async def two(database, one, other, account_id):
    async with database.reading() as session:
        return await read(session, one, account_id), await read(session, other, account_id)


@router.get("/dashboard")
async def get_dashboard(database: DatabaseDep, user: CurrentUser):
    async with asyncio.TaskGroup() as group:
        head = group.create_task(two(database, ACCOUNT, RECENT_ORDERS, user.id))
        tail = group.create_task(two(database, STATISTICS, NOTIFICATIONS, user.id))
    return dashboard(user, *head.result(), *tail.result())
"""

_FAILURE_SWALLOWED = """router = APIRouter()

HEAD = f"SELECT ({ACCOUNT}), ({RECENT_ORDERS}), ({STATISTICS})"


async def part(database, query, account_id):
    async with database.reading() as session:
        return (await session.execute(text(query), {"account_id": account_id})).one()


@router.get("/dashboard")
async def get_dashboard(database: DatabaseDep, user: CurrentUser):
    head, tail = await asyncio.gather(
        part(database, HEAD, user.id),
        part(database, NOTIFICATIONS, user.id),
        return_exceptions=True,
    )
    return dashboard(user, *head, "[]" if isinstance(tail, Exception) else tail[0])
"""

_EVERYTHING_CAUGHT = """router = APIRouter()

DASHBOARD = f"SELECT ({ACCOUNT}), ({RECENT_ORDERS}), ({STATISTICS}), ({NOTIFICATIONS})"


@router.get("/dashboard")
async def get_dashboard(session: ReadSession, user: CurrentUser):
    try:
        parts = (await session.execute(text(DASHBOARD), {"account_id": user.id})).one()
    except Exception:
        parts = None, None, None, None
    return dashboard(user, *parts)
"""

_ONE_STATEMENT = """router = APIRouter()

DASHBOARD = text(f"SELECT ({ACCOUNT}), ({RECENT_ORDERS}), ({STATISTICS}), ({NOTIFICATIONS})")


async def read_all(database, account_id):
    async with database.reading() as session:
        return (await session.execute(DASHBOARD, {"account_id": account_id})).one()


"""

_STATISTICS_REMEMBERED = """router = APIRouter()

KEPT = {}
OTHERS = f"SELECT ({ACCOUNT}), ({RECENT_ORDERS}), ({NOTIFICATIONS})"


@router.get("/dashboard")
async def get_dashboard(session: ReadSession, user: CurrentUser):
    if user.id not in KEPT:
        KEPT[user.id] = await read(session, STATISTICS, user.id)
    parts = await session.execute(text(OTHERS), {"account_id": user.id})
    account, recent_orders, notifications = parts.one()
    return dashboard(user, account, recent_orders, KEPT[user.id], notifications)
"""

_REFRESHED_LATER = (
    _ONE_STATEMENT
    + """from fastapi import BackgroundTasks

KEPT = {}


async def refresh(database, account_id):
    KEPT[account_id] = await read_all(database, account_id)


@router.get("/dashboard")
async def get_dashboard(database: DatabaseDep, user: CurrentUser, later: BackgroundTasks):
    if user.id in KEPT:
        later.add_task(refresh, database, user.id)
        response = dashboard(user, *KEPT[user.id])
        response.background = later
        return response
    await refresh(database, user.id)
    return dashboard(user, *KEPT[user.id])
"""
)

_ACCOUNT_REMEMBERED = """router = APIRouter()

ACCOUNTS = {}
OTHERS = f"SELECT ({RECENT_ORDERS}), ({STATISTICS}), ({NOTIFICATIONS})"


@router.get("/dashboard")
async def get_dashboard(session: ReadSession, user: CurrentUser):
    if user.id not in ACCOUNTS:
        ACCOUNTS[user.id] = await read(session, ACCOUNT, user.id)
    parts = await session.execute(text(OTHERS), {"account_id": user.id})
    return dashboard(user, ACCOUNTS[user.id], *parts.one())
"""

_IN_THE_CACHE = """router = APIRouter()

from app.shop.dependencies import CacheDep

OTHERS = f"SELECT ({ACCOUNT}), ({RECENT_ORDERS}), ({STATISTICS})"


@router.get("/dashboard")
async def get_dashboard(database: DatabaseDep, cache: CacheDep, user: CurrentUser):
    async def make():
        async with database.reading() as session:
            return (await read(session, NOTIFICATIONS, user.id)).encode()

    notifications = await cache.get_or_make(f"notifications:{user.id}", ["community"], make)
    async with database.reading() as session:
        parts = (await session.execute(text(OTHERS), {"account_id": user.id})).one()
    return dashboard(user, *parts, notifications.decode())
"""

_SHARED = """router = APIRouter()

STATE = {}
DASHBOARD = text(f"SELECT ({ACCOUNT}), ({RECENT_ORDERS}), ({STATISTICS}), ({NOTIFICATIONS})")


@router.get("/dashboard")
async def get_dashboard(session: ReadSession, user: CurrentUser):
    STATE["account_id"] = user.id
    await session.scalar(text("SELECT 1"))
    return dashboard(user, *(await session.execute(DASHBOARD, STATE)).one())
"""

_UNSEEN = (
    _ONE_STATEMENT
    + """from contextvars import Context


@router.get("/dashboard")
async def get_dashboard(database: DatabaseDep, user: CurrentUser):
    task = asyncio.create_task(read_all(database, user.id), context=Context())
    return dashboard(user, *await task)
"""
)

_HALF_UNSEEN = (
    _PART
    + """from contextvars import Context


@router.get("/dashboard")
async def get_dashboard(database: DatabaseDep, user: CurrentUser):
    queries = (RECENT_ORDERS, STATISTICS, NOTIFICATIONS)
    others = [
        asyncio.create_task(part(database, query, user.id), context=Context()) for query in queries
    ]
    account = await part(database, ACCOUNT, user.id)
    return dashboard(user, account, *[await one for one in others])
"""
)

_ALWAYS_503 = (
    _ONE_STATEMENT
    + """from app.shop.errors import problem


@router.get("/dashboard")
async def get_dashboard(database: DatabaseDep, user: CurrentUser):
    try:
        parts = await read_all(database, user.id)
    except Exception:
        return problem(503, "The database took too long and was interrupted.")
    return dashboard(user, *parts)
"""
)

_FINISHED = """router = APIRouter()

from app.shop.accounts.authorization import Unauthorized
from app.shop.dashboard.queries import find_dashboard
from app.shop.json_sql import json_response


@router.get("/dashboard")
async def get_dashboard(database: DatabaseDep, user: CurrentUser):
    body = await find_dashboard(database, user.id)
    if body is None:
        raise Unauthorized(f"There is no account {user.id} any more.", "invalid_token")
    return json_response(body)
"""

_TWO_ROUNDS = (
    _PART
    + """@router.get("/dashboard")
async def get_dashboard(database: DatabaseDep, user: CurrentUser):
    found = []
    for two in ((ACCOUNT, RECENT_ORDERS), (STATISTICS, NOTIFICATIONS)):
        found += await asyncio.gather(*(part(database, query, user.id) for query in two))
    return dashboard(user, *found)
"""
)

_DRIVER = """router = APIRouter()

QUERIES = (ACCOUNT, RECENT_ORDERS, STATISTICS, NOTIFICATIONS)
ROWS = " UNION ALL ".join(
    f"SELECT {number}, ({query})" for number, query in enumerate(QUERIES)
).replace(":account_id", "$1")


@router.get("/dashboard")
async def get_dashboard(database: DatabaseDep, user: CurrentUser):
    async with database.driver() as driver:
        rows = await driver.fetch(ROWS, user.id)
    return dashboard(user, *(part for _, part in sorted(rows)))
"""

_CTES = """router = APIRouter()

DASHBOARD = text(f\"\"\"
    WITH account AS MATERIALIZED ({ACCOUNT}), orders_ AS MATERIALIZED ({RECENT_ORDERS}),
         statistics_ AS MATERIALIZED ({STATISTICS}), comments_ AS MATERIALIZED ({NOTIFICATIONS})
    SELECT * FROM account, orders_, statistics_, comments_
\"\"\")


@router.get("/dashboard")
async def get_dashboard(session: ReadSession, user: CurrentUser):
    return dashboard(user, *(await session.execute(DASHBOARD, {"account_id": user.id})).one())
"""

_ACCOUNT_FIRST = """router = APIRouter()

OTHERS = f"SELECT ({RECENT_ORDERS}), ({STATISTICS}), ({NOTIFICATIONS})"


@router.get("/dashboard")
async def get_dashboard(session: ReadSession, user: CurrentUser):
    account = await read(session, ACCOUNT, user.id)
    if account is None:
        return dashboard(user, None, None, None, None)
    parts = await session.execute(text(OTHERS), {"account_id": user.id})
    return dashboard(user, account, *parts.one())
"""

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt(
        "a session each, one after another",
        source=_IN_TURN,
        says="waited for 4 round trips one after another",
    ),
    Attempt(
        "gather on one session",
        source=_ONE_SESSION,
        says="4 tasks sent statements, but with one connection in use",
    ),
    Attempt(
        "four connections",
        source=_SESSION_EACH,
        says="had 4 connections in use at a time",
    ),
    Attempt(
        "two connections, the second acquired while the first is held",
        source=_HOLDS_THE_FIRST,
        says="with 503 (All database connections are in use)",
    ),
    Attempt(
        "a task group whose errors the shop does not know",
        source=_GROUP_NOT_UNWRAPPED,
        says="A `TaskGroup` raises an `ExceptionGroup`",
    ),
    Attempt(
        "a failing part swallowed",
        source=_FAILURE_SWALLOWED,
        says="was answered with 200",
    ),
    Attempt(
        "every exception taken for a missing account",
        source=_EVERYTHING_CAUGHT,
        says="was answered with 401",
    ),
    Attempt(
        "every exception taken for a timeout",
        source=_ALWAYS_503,
        says="When the comments were damaged",
    ),
    Attempt(
        "the statistics remembered from the first request",
        source=_STATISTICS_REMEMBERED,
        says="response.statistics.orders is",
    ),
    Attempt(
        "refreshed in the background, after the response",
        source=_REFRESHED_LATER,
        says="response.recent_orders",
    ),
    Attempt(
        "the account remembered from the first request",
        source=_ACCOUNT_REMEMBERED,
        says="(renamed)",
    ),
    Attempt(
        "the comments in the shop's cache, which not every change reaches",
        source=_IN_THE_CACHE,
        says="response.notifications",
    ),
    Attempt(
        "right alone, but the accounts mixed up among concurrent requests",
        source=_SHARED,
        says="With several customers at once",
    ),
    Attempt(
        "read where no instrument sees it",
        source=_UNSEEN,
        says="of its own: 0; others were sent on behalf of no request",
    ),
    Attempt(
        "three connections of four where no instrument sees them",
        source=_HALF_UNSEEN,
        says="of its own: 1; others were sent on behalf of no request",
    ),
    Attempt("two sessions with two statements each", source=_TWO_SESSIONS, outcome="passed"),
    Attempt("four sessions in two rounds", source=_TWO_ROUNDS, outcome="passed"),
    Attempt("four rows of one statement, by the driver", source=_DRIVER, outcome="passed"),
    Attempt("one statement with a CTE for each part", source=_CTES, outcome="passed"),
    Attempt("the account first, then the rest", source=_ACCOUNT_FIRST, outcome="passed"),
    Attempt("the finished shop's own query", source=_FINISHED, outcome="passed"),
)
