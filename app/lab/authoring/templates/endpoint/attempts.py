"""TODO: at least five wrong answers, each with a part of its message, and three right ones."""

from app.course.exercise import Attempt

_ALL = "(await session.scalars(select(Category).order_by(Category.id))).all()"

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt(
        "each category once more, by itself",
        edits=(
            (
                f"return {_ALL}",
                f"found = {_ALL}\n"
                "    one = lambda c: session.scalar(select(Category).filter_by(id=c.id))\n"
                "    return [await one(category) for category in found]",
            ),
        ),
        says="SQL statements",
    ),
    Attempt(
        "in another order",
        edits=(("order_by(Category.id)", "order_by(Category.id.desc())"),),
        says="order",
    ),
    Attempt(
        "only the first five",
        edits=(("order_by(Category.id)", "order_by(Category.id).limit(5)"),),
        says="has 5 items",
    ),
    Attempt(
        "without the names",
        edits=((_ALL, f'[{{"id": c.id, "name": ""}} for c in {_ALL}]'),),
        says="name is ''",
    ),
    Attempt(
        "nothing returned",
        edits=((f"return {_ALL}", f"found = {_ALL}"),),
        says="raised",
        outcome="error",
    ),
    Attempt(
        "remembered from the first request",
        edits=(
            ("router = APIRouter()", "router = APIRouter()\nkept = []"),
            (f"return {_ALL}", f"kept[:] = kept or {_ALL}\n    return kept"),
        ),
        says="is out of date",
    ),
    Attempt(
        "sorted in Python",
        edits=((_ALL, "sorted(await session.scalars(select(Category)), key=lambda c: c.id)"),),
        outcome="passed",
    ),
    Attempt(
        "columns in place of objects",
        edits=(
            (
                _ALL,
                "(await session.execute("
                "select(Category.id, Category.name).order_by(Category.id))).mappings().all()",
            ),
        ),
        outcome="passed",
    ),
    Attempt(
        "another name for the function",
        edits=(("list_categories", "all_of_them"),),
        outcome="passed",
    ),
)
