"""Configurations the check must refuse, each with the message it must give, and others it must
accept."""

from app.course.exercise import Attempt

_WORKERS = '"workers": 2'
_POOL = '"settings": {"pool_size": 13}'
_OPTIONS = '"options": {"timeout_graceful_shutdown": 3}'
_MANAGER = '"manager": "uvicorn"'


def _options(text: str) -> tuple[tuple[str, str], ...]:
    return ((_OPTIONS, f'"options": {{"timeout_graceful_shutdown": 3, {text}}}'),)


def _settings(text: str) -> tuple[tuple[str, str], ...]:
    return ((_POOL, f'"settings": {{"pool_size": 13, {text}}}'),)


ATTEMPTS: tuple[Attempt, ...] = (
    Attempt(
        "the formula, with the usual pool",
        edits=((_WORKERS, '"workers": 5'), (_POOL, '"settings": {"pool_size": 20}')),
        says="5 workers with pools of 20 may open 100 connections;",
    ),
    Attempt("one worker", edits=((_WORKERS, '"workers": 1'),), says="can use one core"),
    Attempt(
        "a budget that fits until the next release",
        edits=((_POOL, '"settings": {"pool_size": 20}'),),
        says="60 connections while uvicorn replaces them",
    ),
    Attempt(
        "Gunicorn's overlap forgotten",
        edits=((_MANAGER, '"manager": "gunicorn"'), (_OPTIONS, '"options": {}')),
        says="52 connections while Gunicorn replaces them",
    ),
    Attempt("no limit for the old worker", edits=((_OPTIONS, '"options": {}'),), says="no limit"),
    Attempt(
        "stopped at once",
        edits=((_OPTIONS, '"options": {"timeout_graceful_shutdown": 0}'),),
        says="has 0 seconds",
    ),
    Attempt(
        "a worker that does not know the limit",
        edits=(
            (_MANAGER, '"manager": "uvicorn-worker"'),
            (_POOL, '"settings": {"pool_size": 10}'),
            (_OPTIONS, '"options": {"graceful_timeout": 5}'),
        ),
        says="Gunicorn with uvicorn-worker sets an old worker no limit",
    ),
    Attempt(
        "the formula, with small pools",
        edits=((_WORKERS, '"workers": 5'), (_POOL, '"settings": {"pool_size": 6}')),
        says="6 of them may run while they are replaced",
    ),
    Attempt(
        "a limit that counts connections",
        edits=_options('"limit_concurrency": 10'),
        says="clients were connected and asked for nothing",
    ),
    Attempt(
        "right for one, not for several at once",
        edits=_settings('"max_requests": 1'),
        says="A write was in progress",
    ),
    Attempt(
        "a write cut off",
        edits=_settings('"request_timeout": 0.5'),
        says="expected 200 for all. Nobody may send a write again",
    ),
    Attempt(
        "a release of the old code",
        source='configuration = {"manager": "gunicorn", "workers": 2, '
        '"settings": {"pool_size": 10}, "options": {"graceful_timeout": 2, "preload": True}}',
        says="0 of the 2 new ones loaded the application",
    ),
    Attempt(
        "an option of another manager",
        edits=_options('"preload": True'),
        says="The shop does not start.",
    ),
    Attempt(
        "an unknown setting",
        edits=_settings('"max_overflow": 10'),
        says="no setting 'max_overflow'",
        outcome="error",
    ),
    Attempt(
        "another shape",
        source='configuration = ["uvicorn", 2]',
        says="expected a dict with your configuration",
    ),
    Attempt(
        "three workers with smaller pools",
        edits=((_WORKERS, '"workers": 3'), (_POOL, '"settings": {"pool_size": 10}')),
        outcome="passed",
    ),
    Attempt(
        "Gunicorn",
        source='configuration = {"manager": "gunicorn", "workers": 2, '
        '"settings": {"pool_size": 10}, "options": {"graceful_timeout": 2}}',
        outcome="passed",
    ),
    Attempt(
        "by keyword",
        source="""configuration = dict(
    workers=CORES,
    settings={"pool_size": MAX_CONNECTIONS // (CORES + 1)},
    options=dict(timeout_graceful_shutdown=2, limit_concurrency=500, timeout_keep_alive=75),
)""",
        outcome="passed",
    ),
)
