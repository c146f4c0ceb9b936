"""TODO: at least five wrong answers, each with a part of its message, and three right ones."""

from app.course.exercise import Attempt

_ALL = "(await session.scalars(select(Category).order_by(Category.id))).all()"

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt(
        "a folder without a package",
        edits=(("__init__.py", "main.py"),),
        says="__init__.py",
    ),
    Attempt(
        "without an overlay",
        edits=(("OVERLAY = Overlay(", "FASTER = Overlay("),),
        says="`OVERLAY`",
        outcome="error",
    ),
    Attempt(
        "only the first five",
        edits=(("order_by(Category.id)", "order_by(Category.id).limit(5)"),),
        says="has 5 items",
    ),
    Attempt(
        "in another order",
        edits=(("order_by(Category.id)", "order_by(Category.id.desc())"),),
        says="order",
    ),
    Attempt(
        "without the router",
        edits=(("routers=(router,)", ""),),
        says="answered by the shop's endpoint",
    ),
    Attempt(
        "remembered from the first request",
        edits=(
            ("router = APIRouter()", "router = APIRouter()\nkept = []"),
            (f"return {_ALL}", f"kept[:] = kept or {_ALL}\n    return kept"),
        ),
        says="is out of date",
    ),
    Attempt("under another name", edits=(("one_statement", "mine"),), outcome="passed"),
    Attempt(
        "as a string",
        edits=(
            (
                '(package / "__init__',
                'folder = package\npackage = str(folder)\n(folder / "__init__',
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
