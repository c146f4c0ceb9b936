"""TODO: at least five wrong answers, each with a part of its message, and three right ones."""

from app.course.exercise import Attempt

_LIMIT = '"max_requests": 40'

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt(
        "one at a time, in one worker",
        edits=((_LIMIT, '"max_requests": 1, "workers": 1'),),
        says="With several customers at once",
    ),
    Attempt(
        "no bound",
        edits=((_LIMIT, '"max_requests": 1_000_000'),),
        says="1000000 requests at a time are allowed; expected at most 100",
    ),
    Attempt(
        "an unknown setting",
        edits=(("max_requests", "requests"),),
        says="no setting 'requests'",
        outcome="error",
    ),
    Attempt(
        "no number",
        edits=((_LIMIT, '"max_requests": "forty"'),),
        says="max_requests: Input should be a valid integer",
        outcome="error",
    ),
    Attempt(
        "another database",
        edits=((_LIMIT, f'{_LIMIT}, "database_url": "postgresql://elsewhere"'),),
        says="database_url cannot be set",
        outcome="error",
    ),
    Attempt("more", edits=(("40", "100"),), outcome="passed"),
    Attempt("with its workers", edits=((_LIMIT, f'{_LIMIT}, "workers": 1'),), outcome="passed"),
    Attempt("by keyword", source="settings = dict(max_requests=50)", outcome="passed"),
)
