"""TODO: at least five wrong answers, each with a part of its message, and three right ones."""

from app.course.exercise import Attempt

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt("another status", edits=(("seen.status", "201"),), says="status: 201 is not"),
    Attempt(
        "one statement too many",
        edits=(("seen.work.statements", "seen.work.statements + 1"),),
        says="statements: 2 is not",
    ),
    Attempt(
        "a word instead of a number",
        edits=(("seen.work.statements", '"one"'),),
        says="statements: 'one' is not a number",
    ),
    Attempt(
        "one left out",
        edits=(("seen.work.statements", "None"),),
        says="Still to fill in: statements",
    ),
    Attempt("a list", source="answers = [200, 1]", says="`answers` is a list"),
    Attempt(
        "written by hand",
        source='answers = {"status": 200, "statements": 1}',
        outcome="passed",
    ),
    Attempt(
        "counted by hand",
        edits=(("seen.work.statements", "len(seen.statements)"),),
        outcome="passed",
    ),
    Attempt(
        "in another order",
        source="answers = dict(statements=seen.work.statements, status=seen.status)",
        outcome="passed",
    ),
)
