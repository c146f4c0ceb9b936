"""TODO: at least five wrong answers, each with a part of its message, and three right ones."""

from app.course.exercise import Attempt

_ID = "random.randint(1, 3_800)"

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt("three products", edits=((_ID, "random.randint(1, 3)"),), says="Different products: 3"),
    Attempt(
        "another page",
        edits=((f"/api/products/{{{_ID}}}", f"/api/users/{{{_ID}}}"),),
        says="is no product",
    ),
    Attempt(
        "products that do not exist",
        edits=((_ID, "random.randint(5_000, 9_000)"),),
        says="requests were not answered with status 200",
    ),
    Attempt(
        "a range of statuses without 200",
        edits=((f'{{{_ID}}}")', f'{{{_ID}}}", statuses=(404, 404))'),),
        says="answers count as failures",
    ),
    Attempt(
        "paths in place of requests",
        edits=((f'Request(f"/api/products/{{{_ID}}}")', '"/api/products/1"'),),
        says="a load is a list of Request; there is a str in it",
        outcome="error",
    ),
    Attempt("one after the other", edits=((_ID, "_ + 1"),), outcome="passed"),
    Attempt(
        "in a tuple",
        edits=(("return [", "return tuple(["), ("(200)]", "(200)])")),
        outcome="passed",
    ),
    Attempt(
        "a sample",
        source="def load(random):\n"
        '    return [Request(f"/api/products/{n}") for n in random.sample(range(1, 3_801), 100)]\n',
        outcome="passed",
    ),
)
