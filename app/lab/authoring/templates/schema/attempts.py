"""TODO: at least five wrong answers, each with a part of its message, and three right ones."""

from app.course.exercise import Attempt

_INDEX = "CREATE INDEX ON products (price)"

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt(
        "an index on another column",
        edits=(("(price)", "(name)"),),
        says="PostgreSQL still reads all products",
    ),
    Attempt(
        "the data changed as well",
        edits=((f'"{_INDEX}"', f'"{_INDEX}", "UPDATE products SET price = 1 WHERE id = 1"'),),
        says=".price is",
    ),
    Attempt(
        "a column that does not exist",
        edits=(("(price)", "(cost)"),),
        says='column "cost" does not exist',
        outcome="error",
    ),
    Attempt(
        "no SQL",
        edits=(("CREATE INDEX", "MAKE INDEX"),),
        says='syntax error at or near "MAKE"',
        outcome="error",
    ),
    Attempt(
        "a number among them",
        edits=((f'"{_INDEX}"', f'"{_INDEX}", 3'),),
        says="SQL statements",
    ),
    Attempt("one string", source=f'statements = "{_INDEX}"', outcome="passed"),
    Attempt("a covering index", edits=(("(price)", "(price, id)"),), outcome="passed"),
    Attempt("with a name", edits=(("INDEX ON", "INDEX by_price ON"),), outcome="passed"),
)
