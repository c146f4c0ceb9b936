"""Answers the check must refuse, each with the message it must give, and answers it must accept."""

from app.course.exercise import Attempt

_POOL = "pool_size=10, max_overflow=0"
_AUTOCOMMIT = 'engine.execution_options(isolation_level="AUTOCOMMIT")'

_ENGINE_PER_SESSION = """
from contextlib import asynccontextmanager
from app.shop.database import open_database as finished


class Careless(Database):
    @asynccontextmanager
    async def reading(self):
        database = finished(self.settings)
        try:
            async with database.reading() as session:
                yield session
        finally:
            await database.close()


def open_database(settings):
    database = Careless(create_async_engine(settings.database_url, pool_size=5, max_overflow=0))
    database.settings = settings
    return database
"""

_FORGOTTEN_COMMIT = """
from contextlib import asynccontextmanager
from sqlalchemy.ext.asyncio import AsyncSession


class Forgetful(Database):
    @asynccontextmanager
    async def writing(self):
        async with AsyncSession(self.engine) as session:
            yield session


def open_database(settings):
    return Forgetful(create_async_engine(settings.database_url, pool_size=10, max_overflow=0))
"""

_TWO_ENGINES = """
def open_database(settings):
    engine = create_async_engine(
        settings.database_url, pool_size=2, max_overflow=0, pool_pre_ping=True
    )
    reading = create_async_engine(
        settings.database_url, pool_size=8, max_overflow=0, isolation_level="AUTOCOMMIT"
    )
    return Database(engine, read_engine=reading)
"""

_TWO_TOO_LARGE = """
def open_database(settings):
    sizes = {"pool_size": 8, "max_overflow": 0}
    engine = create_async_engine(settings.database_url, **sizes)
    reading = create_async_engine(settings.database_url, isolation_level="AUTOCOMMIT", **sizes)
    return Database(engine, read_engine=reading)
"""

_FINISHED = """
from app.shop.database import open_database as finished


def open_database(settings):
    return finished(settings.model_copy(update={"pool_size": 6}))
"""

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt(
        "AUTOCOMMIT, but still no pool",
        edits=((_POOL, "poolclass=NullPool"),),
        says="uses a NullPool, which keeps none",
    ),
    Attempt(
        "a new engine per session",
        source=_ENGINE_PER_SESSION,
        says="do you create an engine per session?",
    ),
    Attempt(
        "a pool, but reads still in transactions",
        edits=((_AUTOCOMMIT, "engine"),),
        says="took 3 round trips; expected 1. BEGIN",
    ),
    Attempt(
        "a ping before each read",
        edits=((_POOL, f"{_POOL}, pool_pre_ping=True"),),
        says="took 4 round trips; expected 1. Your pool pings",
    ),
    Attempt(
        "a pool of one with almost no timeout",
        edits=((_POOL, "pool_size=1, max_overflow=0, pool_timeout=0.001"),),
        says="with 503 (All database connections are in use)",
    ),
    Attempt(
        "a pool that is too large",
        edits=((_POOL, "pool_size=25, max_overflow=0"),),
        says="25 connections to PostgreSQL were open; the budget is 10",
    ),
    Attempt(
        "the default max_overflow forgotten",
        edits=((_POOL, "pool_size=10"),),
        says="20 connections to PostgreSQL were open; the budget is 10",
    ),
    Attempt(
        "two pools that are too large in total",
        source=_TWO_TOO_LARGE,
        says="16 connections to PostgreSQL were open; the budget is 10",
    ),
    Attempt(
        "AUTOCOMMIT for everything",
        edits=(
            (_POOL, f'{_POOL}, isolation_level="AUTOCOMMIT"'),
            (_AUTOCOMMIT, "engine"),
        ),
        says="expected a rollback",
    ),
    Attempt(
        "the commit forgotten",
        source=_FORGOTTEN_COMMIT,
        says="expected a commit",
    ),
    Attempt(
        "an engine instead of a Database",
        edits=(("return Database(engine, read_engine=reading)", "return engine"),),
        says="AsyncEngine, not a Database",
        outcome="error",
    ),
    Attempt(
        "a misspelt option",
        edits=(("max_overflow", "overflow"),),
        says="Invalid argument(s) 'overflow'",
        outcome="error",
    ),
    Attempt(
        "Database's own default for reads",
        edits=(("Database(engine, read_engine=reading)", "Database(engine)"),),
        outcome="passed",
    ),
    Attempt(
        "an engine for reads and one for writes",
        source=_TWO_ENGINES,
        outcome="passed",
    ),
    Attempt(
        "half of it as overflow, old connections recycled",
        edits=(
            (
                _POOL,
                "pool_size=5, max_overflow=5, pool_recycle=1800, pool_use_lifo=True, "
                "pool_timeout=20",
            ),
        ),
        outcome="passed",
    ),
    Attempt("a small pool", edits=((_POOL, "pool_size=3, max_overflow=0"),), outcome="passed"),
    Attempt("the shop's own function", source=_FINISHED, outcome="passed"),
)
