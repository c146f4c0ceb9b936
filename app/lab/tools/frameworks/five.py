"""The five frameworks, in the order of the article's table, and the functions that start them."""

from collections.abc import Callable, Mapping, Sequence

from app.course.errors import CourseError
from app.lab.tools.frameworks.framework import Framework, Missing, Start
from app.lab.tools.frameworks.golang import start_gin
from app.lab.tools.frameworks.node import start_express
from app.lab.tools.frameworks.python import start_django, start_fastapi, start_flask

_BORROWED: Mapping[str, Sequence[str]] = {
    "app/shop/models.py": ("Product", "Order", "OrderLine"),
    "app/shop/catalog/schemas.py": ("Product",),
    "app/shop/orders/schemas.py": ("OrderedProduct", "OrderLine", "Order"),
    "app/lessons/frameworks/delivery.py": ("Delivery",),
}

FASTAPI = Framework(
    "fastapi",
    "FastAPI",
    "Uvicorn",
    "SQLAlchemy ORM, asyncpg",
    "the shop's queries, asyncpg",
    42_000,
    _BORROWED,
)
FLASK = Framework(
    "flask",
    "Flask",
    "Gunicorn, threads",
    "SQLAlchemy ORM, psycopg",
    "JSON by PostgreSQL, psycopg",
    8_000,
    _BORROWED,
)
DJANGO = Framework(
    "django",
    "Django",
    "Gunicorn, threads",
    "Django ORM, REST framework",
    "JSON by PostgreSQL, psycopg",
    6_000,
)
EXPRESS = Framework(
    "express", "Express", "Node", "SQL and rows, pg", "JSON by PostgreSQL, pg", 38_000
)
GIN = Framework("gin", "Gin", "Go", "SQL and structs, pgx", "JSON by PostgreSQL, pgx", 50_000)

FIVE: Sequence[tuple[Framework, Callable[[Framework], Start | Missing]]] = (
    (FASTAPI, start_fastapi),
    (FLASK, start_flask),
    (DJANGO, start_django),
    (EXPRESS, start_express),
    (GIN, start_gin),
)


def prepare(slugs: Sequence[str] = ()) -> tuple[list[Start], list[Missing]]:
    """The frameworks that can run here, built if necessary, and those that cannot; blocking.

    The first call installs Express and compiles Gin, which takes seconds each. Raises
    ``CourseError`` for an unknown slug.
    """
    known = [framework.slug for framework, _ in FIVE]
    if unknown := [slug for slug in slugs if slug not in known]:
        raise CourseError(f"There is no framework {unknown[0]!r}. Choose from {', '.join(known)}.")
    outcomes = [
        start(framework) for framework, start in FIVE if not slugs or framework.slug in slugs
    ]
    return (
        [start for start in outcomes if not isinstance(start, Missing)],
        [missing for missing in outcomes if isinstance(missing, Missing)],
    )
