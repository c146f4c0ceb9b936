"""TODO: at least five wrong answers, each with a part of its message, and three right ones."""

from app.course.exercise import Attempt

_POOL = "pool_size=3, max_overflow=0"

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt(
        "no pool, in AUTOCOMMIT",
        edits=((_POOL, 'poolclass=NullPool, isolation_level="AUTOCOMMIT"'),),
        says="opened 1 connection; expected 0",
    ),
    Attempt(
        "reads in a transaction",
        edits=(("Database(engine)", "Database(engine, read_engine=engine)"),),
        says="2 round trips more than statements",
    ),
    Attempt(
        "an engine instead of a Database",
        edits=(("return Database(engine)", "return engine"),),
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
        "without its argument",
        edits=(("open_database(settings: Settings)", "open_database()"),),
        says="is called with one argument, the settings",
    ),
    Attempt("a smaller pool", edits=((_POOL, "pool_size=1, max_overflow=0"),), outcome="passed"),
    Attempt("partly overflow", edits=((_POOL, "pool_size=2, max_overflow=1"),), outcome="passed"),
    Attempt(
        "the shop's own function",
        source="""from app.shop.database import open_database as finished


def open_database(settings):
    return finished(settings.model_copy(update={"pool_size": 3}))
""",
        outcome="passed",
    ),
)
