"""The exercise: name four functions at fault in a page of one's own, and mend two of them."""

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter

from app.course.evidence import Change, Evidence, Probe
from app.course.exercise import Refusal
from app.course.kinds import DiagnosisExercise
from app.course.kinds.diagnosis import Functions
from app.course.steps import (
    answers,
    same_answer,
    same_answer_after_changes,
    same_answer_concurrently,
)
from app.course.wording import count_of
from app.lessons.profiling.faults import BLOCKS, CANDIDATES, FUNCTIONS, READS
from app.lessons.profiling.page import HEADERS, Page
from app.lessons.profiling.trial import CLIENTS, PATH, Batch, Diagnosed, trial

FACTOR = 3
"""Rows that may be read for each that is shown."""
STATEMENTS = 3
"""Of each request: for orders, lines and products."""
_TOOLS = {
    BLOCKS: "a profile with `idle=True`, or `carrier.on_loop`",
    READS: "`lab.explain`",
}


def router(seed: int, functions: Functions) -> APIRouter:
    """The page for a seed, with the learner's functions in it."""
    page = Page(seed).mended(*functions)
    page.carrier.seconds = 0.01
    return page.router


def _diagnosed(evidence: Evidence) -> Diagnosed | None:
    found: Diagnosed | None = evidence.extra.get("diagnosed")
    return found


def named(evidence: Evidence) -> Refusal | None:
    """Each symptom has a name, and it is a function of the page."""
    found = evidence.answer[0]
    missing = [symptom for symptom in CANDIDATES if not found.get(symptom)]
    if missing:
        return Refusal(f"`found` does not name the function yet that {missing[0]}.", hint=1)
    for symptom in CANDIDATES:
        if found[symptom] not in FUNCTIONS:
            return Refusal(
                f"{found[symptom]!r} is no function of the page; it has {', '.join(FUNCTIONS)}."
            )
    return None


def rightly_named(evidence: Evidence) -> Refusal | None:
    """Each name is that of the function at fault."""
    if (seen := _diagnosed(evidence)) is None:
        return None
    symptoms = {name: symptom for symptom, name in seen.faults.items()}
    for symptom, right in seen.faults.items():
        name = evidence.answer[0][symptom]
        if name == right:
            continue
        if name in symptoms:
            return Refusal(
                f"`{name}` is at fault, but it is not the function that {symptom}.", hint=2
            )
        tool = _TOOLS.get(symptom, "a profile without `idle`")
        return Refusal(
            f"`{name}` is not the function that {symptom}: in your page, it does nothing wrong. "
            f"Look with {tool}.",
            hint=2,
        )
    return None


def both_mended(evidence: Evidence) -> Refusal | None:
    """There is a function of the learner's in place of each of the two."""
    if (seen := _diagnosed(evidence)) is None:
        return None
    for symptom in (BLOCKS, READS):
        if seen.faults[symptom] not in seen.mended:
            return Refusal(
                f"The four names are right. `mended` has no function `{seen.faults[symptom]}` yet, "
                f"in place of the one that {symptom}.",
                hint=3,
            )
    return None


def _batches(evidence: Evidence) -> Iterator[Batch]:
    if (seen := _diagnosed(evidence)) is not None:
        yield from (seen.alone, seen.changed, seen.together)


def all_answered(evidence: Evidence) -> Refusal | None:
    """Every request succeeds, also when there are many at once."""
    for batch in _batches(evidence):
        failed = {status: n for status, n in batch.statuses.items() if status != 200}
        for status, count in failed.items():
            return Refusal(
                f"Of {count_of(batch.requests, 'request')} at once, {count:,} got status {status}; "
                "expected 200 for all.",
                hint=3,
            )
    return None


def loop_free(evidence: Evidence) -> Refusal | None:
    """The carrier is never called in the event loop's thread."""
    for batch in _batches(evidence):
        for what, count in batch.on_loop.items():
            return Refusal(
                f"In {count_of(batch.requests, 'request')}, the event loop's own thread called the "
                f"carrier {count_of(count, 'time')} for the {what}, and could do nothing else "
                "meanwhile; expected 0.",
                hint=3,
            )
    return None


def told_by_the_carrier(evidence: Evidence) -> Refusal | None:
    """The headers are what the carrier answers now, and it was asked for each response."""
    if (seen := _diagnosed(evidence)) is None:
        return None
    times = {
        "": seen.alone,
        "After the carrier had changed its figures, ": seen.changed,
        f"With {CLIENTS} clients at once, ": seen.together,
    }
    for when, batch in times.items():
        for header, (was, expected) in batch.wrong.items():
            return Refusal(
                f"{when}the response said `{header}: {was}`; the carrier answers {expected}.",
                hint=3,
            )
        for what in HEADERS:
            if (count := batch.asked[what]) != batch.requests:
                return Refusal(
                    f"For {count_of(batch.requests, 'request')} of `{PATH}`, the carrier was asked "
                    f"for the {what} {count_of(count, 'time')}; expected once for each request.",
                    hint=3,
                )
    return None


def reads_few_rows(evidence: Evidence) -> Refusal | None:
    """The plans read hardly more rows than the response shows."""
    for seen in evidence.observations:
        if seen.status != 200 or seen.rows_read is None:
            continue
        shown = rows_shown(seen.answer)
        if seen.rows_read > FACTOR * shown:
            return Refusal(
                f"{seen.probe}: the plans of its statements read {seen.rows_read:,} rows, and the "
                f"response shows {shown:,}; expected at most {FACTOR} times as many, at the first "
                "request as well.",
                hint=3,
            )
    return None


def read_by_the_request(evidence: Evidence) -> Refusal | None:
    """Otherwise nobody sees the plans."""
    for seen in evidence.observations:
        if seen.status != 200:
            continue
        if seen.unattributed or seen.work.statements < STATEMENTS:
            return Refusal(
                f"{seen.probe}: the request sent {count_of(seen.work.statements, 'statement')} to "
                f"PostgreSQL, and {seen.unattributed} belonged to no request; expected "
                f"{STATEMENTS} each time. Read what you return with the session that you are given."
            )
    return None


def rows_shown(orders: Any) -> int:
    """Orders, lines and different products in a response."""
    lines = [line for order in orders for line in order["lines"]]
    return len(orders) + len(lines) + len({line["product"]["id"] for line in lines})


EXERCISE = DiagnosisExercise(
    goal="`found` names the function at fault for each symptom. With your versions of two of them, "
    "nothing calls the carrier in the event loop's thread, each request asks it three times, and "
    f"the statements read at most {FACTOR} times as many rows as the response shows.",
    symptoms=tuple(CANDIDATES),
    router=router,
    trial=trial,
    explain=True,
    probes=(
        Probe("/api/orders?limit=2"),
        Probe("/api/orders?limit=4"),
        Probe("/api/orders?limit=0"),
    ),
    changes=(
        Change(
            "UPDATE order_lines SET quantity = quantity + 1 "
            "WHERE order_id IN (SELECT id FROM orders ORDER BY id DESC LIMIT 3); "
            "UPDATE products SET name = name || ' (renamed)'",
            "quantities and names were corrected",
        ),
    ),
    # Long enough for 40 requests on a busy machine: what is judged is the answers.
    settings={"pool_timeout": 20},
    steps=(
        named,
        answers,
        rightly_named,
        both_mended,
        same_answer,
        all_answered,
        loop_free,
        told_by_the_carrier,
        reads_few_rows,
        read_by_the_request,
        same_answer_concurrently,
        same_answer_after_changes,
    ),
    hints=(
        "No instrument sees all four. Who computes is in `lab.profile(PATH, page.router)`; who "
        "waits in the event loop's thread is only in one with `idle=True`; who makes PostgreSQL "
        "work is in `lab.explain(PATH)`.",
        "In the profile, look for the functions with the largest share of their own, and read them "
        "with `lab.source(page.functions.NAME)`: one loops within a loop, one matches a pattern "
        "with several parts that can each take everything. In the plans, compare the rows read "
        "with the rows returned; each says which function has sent it.",
        "A call that blocks may block a thread, as long as it is not the event loop's: "
        "`asyncio.to_thread`. A column inside an expression, such as a cast or `coalesce`, hides "
        "from its index: compare the column itself with a value of its own type.",
        '`async def tax_rate(carrier, country): return await asyncio.to_thread(carrier.ask, "tax '
        'rate", country)`, or whichever of the three it is. In the query, write `WHERE id = '
        "ANY(:ids)` with a list of integers, or `ORDER BY id DESC`. Then `mended = [tax_rate, "
        "lines_of]`, with your names.",
    ),
)
