"""Answers the check must refuse, each with the message it must give, and answers it must accept."""

from app.course.exercise import Attempt

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt(
        "the statement for the orders not counted",
        edits=(("seen.work.statements", "seen.work.statements - 1"),),
        says="one for the orders, then one for the lines",
    ),
    Attempt(
        "the connection overlooked",
        edits=(("seen.work.connections", "0"),),
        says="connections: you wrote 0",
    ),
    Attempt(
        "statements given as round trips",
        edits=(("seen.work.round_trips", "seen.work.statements"),),
        says="including BEGIN and ROLLBACK",
    ),
    Attempt(
        "counted for twenty orders",
        edits=(("limit=5", "limit=20"),),
        says="statements: you wrote 21",
    ),
    Attempt(
        "one left out", edits=(("seen.work.round_trips", "None"),), says="fill in: round_trips"
    ),
    Attempt(
        "a word instead of a number",
        edits=(("seen.work.connections", '"one"'),),
        says="expected a number",
    ),
    Attempt("a list", source="answers = [6, 1, 10]\n", says="`answers` is a list"),
    Attempt(
        "as floats",
        edits=(("seen.work.connections", "float(seen.work.connections)"),),
        outcome="passed",
    ),
    Attempt(
        "read from the result's JSON",
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
