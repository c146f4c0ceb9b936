"""The exercise: an export that takes little memory, whatever its readers do."""

from collections.abc import Iterator

from app.course.evidence import Evidence
from app.course.exercise import Refusal
from app.course.exports import ExportObservation, ReceivedExport
from app.course.kinds import ExportExercise
from app.course.kinds.export import OBSERVATION
from app.course.wording import count_of
from app.shop.export.queries import JSON_LINES

PATH = "/api/export/order-lines"
MOST_IN_FLIGHT = 10_000
MOST_MEMORY = 20_000_000
MEDIA_TYPE = "application/jsonl"
_IDS = "SELECT id FROM order_lines ORDER BY id"


def _seen(evidence: Evidence) -> ExportObservation:
    return evidence.extra.get(OBSERVATION) or ExportObservation()


def _all(seen: ExportObservation) -> Iterator[ReceivedExport]:
    """Every export that should have succeeded."""
    yield from seen.alone
    yield from seen.several
    if seen.whole:
        yield seen.whole
    yield from seen.afterwards


def answers(evidence: Evidence) -> Refusal | None:
    """Nothing raises, and the learner's own endpoint answers with 200 and the right type."""
    for one in _all(_seen(evidence)):
        if one.exception:
            return Refusal(
                f"GET {one.path} raised {one.exception}{_when_raised(one)}", outcome="error"
            )
        if not one.by_learner:
            return Refusal(
                f"GET {one.path} was answered by the shop's endpoint, not by yours. Does your "
                "router use the path in the exercise? The shop adds /api in front of it."
            )
        if one.status != 200:
            return Refusal(f"GET {one.path} answered with status {one.status}; expected 200.")
        if one.media_type.partition(";")[0] != MEDIA_TYPE:
            return Refusal(
                f"GET {one.path} has the content type `{one.media_type}`; expected `{MEDIA_TYPE}`."
            )
    return None


def _when_raised(one: ReceivedExport) -> str:
    return f", after {one.lines:,} lines had been sent" if one.lines else ""


def right_alone(evidence: Evidence) -> Refusal | None:
    """A small export has the lines of the tables, every time."""
    for number, one in enumerate(_seen(evidence).alone):
        if not one.complete and not one.surplus:
            return Refusal(
                f"GET {one.path} broke off after {one.lines:,} of {one.expected:,} lines."
            )
        if not one.exact:
            again = " the second time" if number == 1 else ""
            return Refusal(f"GET {one.path} was not right{again}: {_wrong(one)}", hint=2)
    return None


def passes_rows_on(evidence: Evidence) -> Refusal | None:
    """Rows are sent as they arrive, and none are fetched that the reader does not take."""
    stalled = _seen(evidence).stalled
    if stalled is None or stalled.flow.peak <= MOST_IN_FLIGHT:
        return None
    early = stalled.flow.rows_at_first_byte
    if early is None or early > MOST_IN_FLIGHT:
        return Refusal(
            f"{early or stalled.flow.rows:,} rows had been fetched before the first byte of the "
            f"export was sent; expected at most {MOST_IN_FLIGHT:,} rows in flight.",
            hint=1,
        )
    return Refusal(
        f"A reader stopped after {stalled.read:,} bytes, and the export went on fetching: "
        f"{stalled.flow.peak:,} rows were in flight, received from PostgreSQL and not yet sent; "
        f"expected at most {MOST_IN_FLIGHT:,}. What makes it wait for the reader?",
        hint=3,
    )


def fetched_by_the_request(evidence: Evidence) -> Refusal | None:
    """Otherwise nobody counts the rows in flight."""
    stalled = _seen(evidence).stalled
    if stalled is None or stalled.flow.rows or not stalled.flow.lines:
        return None
    return Refusal(
        f"{stalled.flow.lines:,} lines were sent, and the request has received no row from "
        "PostgreSQL; expected the lines to be fetched by the request, as they are sent.",
        hint=3,
    )


def one_connection(evidence: Evidence) -> Refusal | None:
    stalled = _seen(evidence).stalled
    if stalled is None or stalled.in_use <= 1:
        return None
    return Refusal(
        f"While one reader had stopped, {stalled.in_use} connections to PostgreSQL were in use; "
        "expected at most one for each export.",
        hint=3,
    )


def right_together(evidence: Evidence) -> Refusal | None:
    """Readers do not meet in anything that they share."""
    for one in _seen(evidence).several:
        if not one.complete or not one.exact:
            return Refusal(
                f"GET {one.path} was right alone, and wrong while another export was in the "
                f"middle: {_wrong(one)} What do the two share?",
                hint=3,
            )
    return None


def exactly_once(evidence: Evidence) -> Refusal | None:
    """The whole export has the lines of its beginning, although the data changed."""
    whole = _seen(evidence).whole
    if whole is None:
        return None
    if not whole.complete:
        return Refusal(
            f"The whole export broke off after {whole.lines:,} of {whole.expected:,} lines."
        )
    if whole.exact:
        return None
    return Refusal(
        "While the whole export was read, others deleted and added order lines. It should have "
        f"each line that was there when it began, exactly once, and has not: {_count(whole)}.",
        hint=2,
    )


def small(evidence: Evidence) -> Refusal | None:
    memory = _seen(evidence).memory
    if memory is None or memory <= MOST_MEMORY:
        return None
    return Refusal(
        f"The process grew by {memory / 1e6:,.0f} MB; expected at most {MOST_MEMORY / 1e6:,.0f} MB "
        "above idle. What is held as a whole?",
        hint=1,
    )


def not_stale(evidence: Evidence) -> Refusal | None:
    for one in _seen(evidence).afterwards:
        if not one.complete or not one.exact:
            return Refusal(
                f"After others had changed the data, GET {one.path} was out of date: {_wrong(one)}",
                hint=2,
            )
    return None


def given_back(evidence: Evidence) -> Refusal | None:
    """A reader that leaves takes no connection with it."""
    seen = _seen(evidence)
    if seen.kept:
        return Refusal(
            "Readers left in the middle and nothing moves any more, but in use: "
            f"{count_of(seen.kept, 'connection')} ({seen.kept_query}); expected none.",
            hint=3,
        )
    if seen.kept_after_error:
        return Refusal(
            "An export has failed and nothing moves any more, but in use: "
            f"{count_of(seen.kept_after_error, 'connection')}; expected none.",
            hint=3,
        )
    return None


def visibly_broken(evidence: Evidence) -> Refusal | None:
    """An export that could not be completed does not end like one that was."""
    broken = _seen(evidence).broken
    if broken is None or not broken.complete or broken.status >= 500:
        return None
    return Refusal(
        f"PostgreSQL could not read one of {broken.expected:,} rows. The export sent "
        f"{broken.lines:,} lines and then ended as a complete response does, with status "
        f"{broken.status}; expected it to break off: no reader may take a part for the whole.",
        hint=4,
    )


def _count(one: ReceivedExport) -> str:
    parts = [
        f"{one.missing:,} of {one.expected:,} lines are missing" if one.missing else "",
        f"{one.surplus:,} should not be there" if one.surplus else "",
    ]
    return ", and ".join(filter(None, parts))


def _wrong(one: ReceivedExport) -> str:
    parts = [
        f"{one.missing:,} of {one.expected:,} lines are missing" if one.missing else "",
        f"{one.surplus:,} should not be there ({one.example})" if one.surplus else "",
        "it broke off" if not one.complete else "",
    ]
    return f"{', and '.join(filter(None, parts))}."


EXERCISE = ExportExercise(
    goal="The export of half a million lines takes at most 20 MB above idle and one connection, at "
    "any reader's pace. It has every line of one snapshot exactly once, releases its connection "
    "when its reader leaves, and breaks off when a row cannot be read.",
    path=PATH,
    small=(f"{PATH}?country=Germany", f"{PATH}?country=Iceland", f"{PATH}?country=Nowhere"),
    lines=JSON_LINES,
    meanwhile=(
        f"DELETE FROM order_lines WHERE id IN ({_IDS} LIMIT 300)",
        f"DELETE FROM order_lines WHERE id IN ({_IDS} DESC LIMIT 200)",
        "INSERT INTO order_lines (id, order_id, product_id, quantity, unit_price) "
        "SELECT 10000000 + id, order_id, product_id, quantity + 1000, unit_price "
        "FROM order_lines ORDER BY id LIMIT 20000",
    ),
    broken=(
        "ALTER TABLE order_lines RENAME TO readable_order_lines",
        "CREATE VIEW order_lines AS SELECT id, order_id, product_id, "
        "quantity / CASE WHEN id = 40000 THEN 0 ELSE 1 END AS quantity, unit_price "
        "FROM readable_order_lines",
    ),
    reduced=(
        "CREATE TABLE few AS SELECT * FROM order_lines WHERE id <= 60000",
        "DROP TABLE order_lines",
        "ALTER TABLE few RENAME TO order_lines",
        "ALTER TABLE order_lines ADD PRIMARY KEY (id)",
        "CREATE INDEX ON order_lines (order_id)",
        "ANALYZE order_lines",
    ),
    most_in_flight=MOST_IN_FLIGHT,
    settings={"pool_size": 12, "statement_timeout": 600.0},
    steps=(
        answers,
        right_alone,
        passes_rows_on,
        fetched_by_the_request,
        one_connection,
        right_together,
        exactly_once,
        small,
        not_stale,
        given_back,
        visibly_broken,
    ),
    hints=(
        "Look at `lab.download`: how many rows are in flight, and how many had been fetched before "
        "the first byte was sent? Which line of the endpoint receives them all?",
        "A cursor hands out a statement's rows a few at a time, all from the snapshot that the "
        "statement began with. Pages that are queried one by one see what others change between "
        "them. A cursor needs a transaction.",
        "A generator in a `StreamingResponse` is asked for the next piece when the last one has "
        "been sent: that is the back-pressure. Acquire the connection inside the generator, in "
        "`async with`, so that it is released however the generator ends. Nothing of it belongs "
        "outside, where requests would share it.",
        '`await driver.execute("BEGIN READ ONLY")`, then `cursor = await driver.cursor(JSON_LINES, '
        "country)` and `while rows := await cursor.fetch(1000): yield …`, in a `try`. When the "
        "reader has left, every `await` is cancelled, also in `finally`: put the `ROLLBACK` in a "
        "`with CancelScope(shield=True)`, or use a session of SQLAlchemy, which does the same. "
        "Catch nothing: an exception that leaves the generator breaks the response off.",
    ),
)
