"""Answers that must be refused, each with its own message, and answers that must pass."""

from app.course.exercise import Attempt

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt(
        "the statement for the orders forgotten",
        edits=(("seen.work.statements", "seen.work.statements - 1"),),
        says="one for the orders, and then one for the lines",
    ),
    Attempt(
        "connection overlooked",
        edits=(("seen.work.connections", "0"),),
        says="connections: you wrote 0",
    ),
    Attempt(
        "round trips taken for statements",
        edits=(("seen.work.round_trips", "seen.work.statements"),),
        says="also those that are not statements",
    ),
    Attempt(
        "counted on twenty orders",
        edits=(("limit=5", "limit=20"),),
        says="statements: you wrote 21",
    ),
    Attempt(
        "one left out", edits=(("seen.work.round_trips", "None"),), says="filled in: round_trips"
    ),
    Attempt(
        "a word for a number",
        edits=(("seen.work.connections", '"one"'),),
        says="a number was expected",
    ),
    Attempt("a list", source="answers = [6, 1, 10]\n", says="`answers` is a list"),
    Attempt(
        "a name that does not exist",
        edits=(("seen.work.statements", "seen.work.queries"),),
        says="queries",
        outcome="error",
    ),
    Attempt(
        "as numbers with a fraction",
        edits=(("seen.work.connections", "float(seen.work.connections)"),),
        outcome="passed",
    ),
    Attempt(
        "taken from the plain data",
        source='seen = (await lab.get("/api/orders?limit=5")).to_json()\nanswers = seen["work"]\n',
        outcome="passed",
    ),
    Attempt(
        "counted by hand",
        source='seen = await lab.get("/api/orders?limit=5")\n'
        "trips = [span for span in seen.spans if span.kind != 'connect']\n"
        "answers = dict(connections=1, statements=len(seen.statements), round_trips=len(trips))\n",
        outcome="passed",
    ),
)
