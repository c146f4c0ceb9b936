"""The exercise: the dashboard in at most two round trips on at most two connections."""

from dataclasses import replace

from app.course.evidence import Burst, Change, Evidence, Observation, Probe
from app.course.exercise import Refusal
from app.course.kinds import EndpointExercise
from app.course.steps import (
    answers,
    answers_bursts,
    same_answer,
    same_answer_after_changes,
    same_answer_concurrently,
    served_by_learner,
)

PATH = "/api/dashboard"
LONGEST_CHAIN = 2
MOST_CONNECTIONS = 2
CLIENTS = 40
POOL_TIMEOUT = 3.5
"""Seconds: long for 40 requests of some milliseconds, but over before an endpoint that waits in
vain is taken for one that never returns."""

TESTER, CUSTOMER, NEWCOMER, NOBODY = 1, 68, 981, 999_999_999
"""Accounts: of the tests, with many orders and comments, with none, and one that does not exist."""

# PostgreSQL evaluates an immutable function while it plans the statement, so every statement that
# names the table fails, whatever it would have returned.
INTERRUPTED = Change(
    """
    CREATE FUNCTION interrupted() RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$
        BEGIN
            RAISE 'canceling statement due to statement timeout' USING ERRCODE = 'query_canceled';
        END
    $$;
    ALTER TABLE comments RENAME TO readable_comments;
    CREATE VIEW comments AS SELECT * FROM readable_comments WHERE interrupted();
    """,
    "PostgreSQL began to interrupt every statement that reads the comments",
)
DAMAGED = Change(
    """
    CREATE OR REPLACE FUNCTION interrupted() RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$
        BEGIN
            RAISE 'invalid page in block 0' USING ERRCODE = 'data_corrupted';
        END
    $$
    """,
    "the comments were damaged",
)
READABLE_AGAIN = Change(
    "DROP VIEW comments; ALTER TABLE readable_comments RENAME TO comments",
    "the comments became readable again",
)


def one_chain(evidence: Evidence) -> Refusal | None:
    """No dashboard waits for more than two round trips one after another."""
    for seen in _dashboards(evidence):
        if seen.longest_chain <= LONGEST_CHAIN:
            continue
        expected = f"expected at most {LONGEST_CHAIN}"
        if seen.tasks > 1 and seen.peak_in_use == 1:
            return Refusal(
                f"{seen.probe}: {seen.tasks} tasks sent statements, but with one connection in "
                "use, which answers one at a time. They waited for "
                f"{seen.longest_chain} round trips one after another; {expected}.",
                hint=2,
            )
        return Refusal(
            f"{seen.probe} waited for {seen.longest_chain} round trips one after another; "
            f"{expected}.",
            hint=2,
        )
    return None


def few_connections(evidence: Evidence) -> Refusal | None:
    """No dashboard uses more than two connections at a time, whether alone or among others."""
    alone = [(str(seen.probe), seen.peak_in_use) for seen in _dashboards(evidence)]
    among = [
        (f"One of {seen.burst.requests} requests", seen.peak_in_use_per_request)
        for seen in evidence.bursts
    ]
    for name, used in (*alone, *among):
        if used > MOST_CONNECTIONS:
            return Refusal(
                f"{name} had {used} connections in use at a time; expected at most "
                f"{MOST_CONNECTIONS}.",
                hint=3,
            )
    return None


def fails_as_a_whole(evidence: Evidence) -> Refusal | None:
    """If a part cannot be read, the response is the shop's own error, and no dashboard."""
    for seen in evidence.after_changes:
        if not _interrupted(seen) or seen.probe.account == NOBODY or seen.as_expected:
            continue
        when = f"When {seen.after}, {seen.probe}"
        reason = seen.expected.get("detail", seen.expected["title"]).rstrip(".")
        expected = (
            f"expected {seen.expected_status} ({reason}), which the shop answers if one of its own "
            "errors reaches it"
        )
        if seen.exception:
            return Refusal(
                f"{when} raised {seen.exception.rstrip('.')}; {expected}. A `TaskGroup` raises an "
                "`ExceptionGroup`, which its handlers do not know.",
                hint=4,
            )
        return Refusal(f"{when} was answered with {seen.status}; {expected}.", hint=4)
    return None


def up_to_date(evidence: Evidence) -> Refusal | None:
    """After changes to the data, the answer is still the reference's."""
    judged = tuple(seen for seen in evidence.after_changes if not _interrupted(seen))
    return same_answer_after_changes(replace(evidence, after_changes=judged))


def reads_in_the_request(evidence: Evidence) -> Refusal | None:
    """What is shown was read on behalf of the request."""
    for seen in _dashboards(evidence):
        if seen.unattributed or not seen.work.statements:
            return Refusal(
                f"{seen.probe}: number of statements of its own: {seen.work.statements}"
                + ("; others were sent on behalf of no request" if seen.unattributed else "")
                + ". Read the dashboard from PostgreSQL for each request, in its own tasks.",
                hint=1,
            )
    return None


def _dashboards(evidence: Evidence) -> list[Observation]:
    return [seen for seen in evidence.observations if seen.status == 200]


def _interrupted(seen: Observation) -> bool:
    return seen.after in (str(INTERRUPTED), str(DAMAGED))


EXERCISE = EndpointExercise(
    goal=f"GET {PATH} gives the same answer, waits for at most {LONGEST_CHAIN} round trips one "
    f"after another and uses at most {MOST_CONNECTIONS} connections. If a part cannot be read, the "
    f"shop's own error is the response. {CLIENTS} clients at once are all answered.",
    probes=(
        Probe(PATH, account=CUSTOMER),
        Probe(PATH, account=NEWCOMER),
        Probe(PATH, account=NOBODY),
    ),
    settings={"pool_timeout": POOL_TIMEOUT},
    changes=(
        Change(
            f"UPDATE orders SET account_id = {NEWCOMER} "
            f"WHERE id = (SELECT max(id) FROM orders WHERE account_id = {CUSTOMER})"
        ),
        Change(
            "INSERT INTO comments (post_id, author_id, body, created_at) "
            f"SELECT max(id), {NEWCOMER}, 'Mine came on Friday.', '2012-01-06 12:00Z' "
            f"FROM posts WHERE author_id = {CUSTOMER}"
        ),
        Change(
            "UPDATE accounts SET full_name = full_name || ' (renamed)', country = 'Iceland' "
            f"WHERE id IN ({CUSTOMER}, {NEWCOMER})"
        ),
        INTERRUPTED,
        DAMAGED,
        READABLE_AGAIN,
    ),
    bursts=(Burst(PATH, requests=CLIENTS, connections=CLIENTS, barrier=True, account=TESTER),),
    steps=(
        answers,
        served_by_learner,
        same_answer,
        one_chain,
        few_connections,
        up_to_date,
        fails_as_a_whole,
        answers_bursts(hint=3),
        same_answer_concurrently,
        reads_in_the_request,
    ),
    hints=(
        "Look at the waterfall of `await lab.get('/api/dashboard', token=token)`. Which bars wait "
        "for another one although they need nothing of it?",
        "A connection answers one statement at a time. So either use two of them at the same time, "
        "or send fewer statements: one statement can return several parts.",
        "Count what a request holds while it waits. A session holds its place in the pool until "
        "it is closed. A handler that has a `ReadSession` and asks for another one waits for its "
        "own kind.",
        "`SELECT (first part), (second part), …`: a query in parentheses is a value. Each of the "
        "four returns one value, so one statement can return them all. With tasks instead: a "
        "`TaskGroup` raises an `ExceptionGroup`, and the shop's error handlers know only what is "
        "in it.",
    ),
)
