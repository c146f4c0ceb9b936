"""The exercise: a cache that two workers share, invalidated by tags."""

from collections import Counter

from app.course.evidence import Evidence, Observation, Probe
from app.course.exercise import Refusal
from app.course.kinds import SharedCacheExercise
from app.course.steps import (
    answers,
    same_answer,
    same_answer_after_changes,
    same_answer_concurrently,
)
from app.course.wording import count_of
from app.lessons.redis_cache.trial import CROWD, MANY, third_worker, trial

HIT_COMMANDS, DROP_COMMANDS = 3, 12
"""The most Redis commands of a hit and of a drop."""
_SEARCHES = ("KEYS", "SCAN", "FLUSHDB", "FLUSHALL")

PRICED = Probe(
    "/api/products/9",
    method="PATCH",
    json={"price": "71.30"},
    account=1,
    scopes=("catalog:write",),
    worker=1,
)
RENAMED = Probe(
    "/api/products/9",
    method="PATCH",
    json={"name": "RENAMED BY A COLLEAGUE"},
    account=2,
    scopes=("catalog:write",),
    worker=2,
)
COMMENTED = Probe(
    "/api/posts/77/comments",
    method="POST",
    json={"body": "Written through the other worker."},
    account=17,
    scopes=("community:write",),
    worker=1,
)
PATHS = (
    "/api/products/9",
    "/api/products/90",
    "/api/products?limit=5&after=5",
    "/api/categories",
    "/api/posts/77",
    "/api/products/9999999",
)
KEPT = {
    str(PRICED): ("/api/products/90", "/api/categories", "/api/posts/77"),
    str(RENAMED): ("/api/products/90", "/api/categories"),
    str(COMMENTED): ("/api/products/9", "/api/products/90", "/api/categories"),
}
"""By change, the pages that do not show what it changes."""


def keeps_to_itself(evidence: Evidence) -> Refusal | None:
    """Keys begin with the prefix."""
    if not evidence.extra["reads_foreign_entries"]:
        return None
    return Refusal(
        "A shop with another `redis_prefix` on the same Redis was given your entry. Several "
        "applications may share a server: begin every key with `settings.redis_prefix`.",
        hint=3,
    )


def stores_for_all(evidence: Evidence) -> Refusal | None:
    """The second read is a hit, whichever worker it reaches; so is one of what does not exist."""
    first, own, other = evidence.extra["returned"]
    if first != b"1":
        return Refusal(f"`make` returned b'1' and `get_or_make` returned {first!r}.")
    if own != first:
        return Refusal(
            "The second of two reads at the same worker called `make` again or returned something "
            f"else: {own!r}, expected {first!r}.",
        )
    if other != first:
        return Refusal(
            "What one worker had stored, the other did not find: it called `make` for the same "
            f"entry and returned {other!r}. Expected one query for all workers.",
            hint=2,
        )
    if not evidence.extra["asked_redis"]:
        return Refusal(
            "The second worker found the entry, and neither of them has sent a command to Redis. "
            "Workers may run on several machines, which share neither memory nor files.",
            hint=2,
        )
    if evidence.extra["absent"] != [None, None, None]:
        return Refusal(
            f"For a resource that does not exist, reads returned {evidence.extra['absent']}"
        )
    if (calls := evidence.extra["looked_for_absent"]) != 1:
        return Refusal(
            f"A resource that does not exist was looked for {calls} times in three reads; expected "
            "once. `None` is a result of `make` like any other.",
        )
    return None


def passes_exceptions_on(evidence: Evidence) -> Refusal | None:
    """An exception of ``make`` reaches the caller, and is not stored."""
    if not evidence.extra["raised"]:
        return Refusal(
            "`make` raised an exception, and the caller of `get_or_make` did not learn of it. A "
            "database that fails is not a resource that does not exist."
        )
    if not evidence.extra["recovered"]:
        return Refusal("After `make` had raised an exception, the next read did not get a value.")
    return None


def drops_for_all(evidence: Evidence) -> Refusal | None:
    """After a drop no worker serves the entry; it keeps all others."""
    own, others = evidence.extra["own"], evidence.extra["others"]
    if own[0] == b"1":
        return Refusal(
            "After a drop, the worker that made it still served the old value"
            + (", and only from its second read on the new one." if own[1] != b"1" else "."),
            hint=2,
        )
    if others[0] == b"1":
        return Refusal("After a drop by one worker, the other still served the old value.", hint=2)
    if evidence.extra["by_any_tag"] == b"1":
        return Refusal(
            "A drop of two tags left an entry that has the second of them; expected it to "
            "invalidate every entry that has any of the tags.",
            hint=3,
        )
    if evidence.extra["bystander"] != b"1":
        return Refusal(
            "A drop also invalidated an entry that has none of the dropped tags. The next "
            "customers of all other pages pay for that.",
            hint=2,
        )
    return None


def survives_races(evidence: Evidence) -> Refusal | None:
    """What was computed before a drop is not served after it."""
    for writer, outcome in evidence.extra["races"].items():
        if outcome == "stale":
            return Refusal(
                f"A reader had read the old value when {writer} dropped its tag. Then the reader "
                "stored what it had, and the old value is served from now on. Expected the value "
                "to be discarded, or stored where nobody finds it.",
                hint=3,
            )
        if outcome == "blocked":
            return Refusal(
                "A drop did not return while a reader was still computing an entry: one slow query "
                "would hold up every write.",
                hint=3,
            )
    return None


def waits_for_redis(evidence: Evidence) -> Refusal | None:
    """A drop has been applied when it returns."""
    # One that sends nothing at all is judged by what it leaves.
    if not (evidence.extra["returned_early"] and evidence.extra["held_commands"]):
        return None
    return Refusal(
        "`drop` returned before Redis had received its command. The shop then acknowledges the "
        "write, and the customer's next read may still find the old entry.",
        hint=2,
    )


def drops_at_once(evidence: Evidence) -> Refusal | None:
    """A drop takes a few commands, however many entries it invalidates."""
    commands, left = evidence.extra["drop_commands"], evidence.extra["left"]
    if left:
        return Refusal(f"A drop left entries with its tag: {left} of those that were tried.")
    for name in _SEARCHES:
        if name in commands:
            return Refusal(
                f"`drop` sent {name}{_times(Counter(commands)[name])}. It goes through all keys of "
                "the server, those of other applications included; expected commands that name "
                "their keys.",
                hint=2,
            )
    if len(commands) > DROP_COMMANDS:
        (most, times), *_ = Counter(commands).most_common(1)
        return Refusal(
            f"To drop a tag that {MANY} entries have, {len(commands)} Redis commands were sent, "
            f"{times} of them {most}; expected at most {DROP_COMMANDS}, however many entries.",
            hint=2,
        )
    return None


def serves_a_crowd(evidence: Evidence) -> Refusal | None:
    """Many concurrent callers all get an answer."""
    if not (errors := evidence.extra["errors"]):
        return None
    return Refusal(
        f"Of {CROWD} callers at the same time, {len(errors)} got an error: {errors[0]}",
        hint=4,
    )


def hits_take_no_statement(evidence: Evidence) -> Refusal | None:
    """Of two identical reads the second is a hit, and so is the first at the second worker."""
    for seen in evidence.observations:
        if seen.work.statements:
            return Refusal(
                f"The second of two requests, {seen.probe}, took "
                f"{count_of(seen.work.statements, 'SQL statement')}; expected none."
            )
        if seen.probe.worker == 2 and seen.first_work.statements:
            return Refusal(
                f"{seen.probe} took {count_of(seen.first_work.statements, 'SQL statement')}, "
                "although worker 1 had just stored this page; expected none.",
                hint=2,
            )
        if seen.work.redis_commands > HIT_COMMANDS:
            return Refusal(
                f"A hit, {seen.probe}, took {seen.work.redis_commands} Redis commands; expected at "
                f"most {HIT_COMMANDS}.",
                hint=3,
            )
    return None


def shop_stores_for_all(evidence: Evidence) -> Refusal | None:
    """The pages are in Redis, whatever the counters of the workers say."""
    page = evidence.extra["product_90"]
    if isinstance(page, bytes) and page.startswith(b"{"):
        return None
    return Refusal(
        "The shop had served product 90 many times, and a third worker did not find it in the "
        f"cache: it read {page!r}.",
        hint=2,
    )


def writes_keep_the_rest(evidence: Evidence) -> Refusal | None:
    """A write takes a few commands, and pages that do not show what it changes stay hits."""
    for seen in evidence.after_changes:
        if seen.probe.method != "GET":
            if seen.work.redis_commands > DROP_COMMANDS:
                return Refusal(
                    f"{seen.probe} took {seen.work.redis_commands} Redis commands; expected at "
                    f"most {DROP_COMMANDS}.",
                    hint=2,
                )
        elif _is_kept(seen) and seen.first_work.statements:
            return Refusal(
                f"After {seen.after}, {seen.probe} took "
                f"{count_of(seen.first_work.statements, 'SQL statement')}. It does not show what "
                "was changed; expected its entry to be still there.",
                hint=2,
            )
    return None


def _is_kept(seen: Observation) -> bool:
    return seen.after is not None and seen.probe.path in KEPT[seen.after]


def _times(count: int) -> str:
    return "" if count == 1 else f" {count} times"


FIRST_STEPS = (
    keeps_to_itself,
    stores_for_all,
    passes_exceptions_on,
    waits_for_redis,
    drops_for_all,
    drops_at_once,
    survives_races,
    serves_a_crowd,
)

EXERCISE = SharedCacheExercise(
    goal="Two workers share one cache in Redis. After a write that either of them has "
    "acknowledged, neither serves an old page, and pages that do not show the change stay cached. "
    f"A drop takes at most {DROP_COMMANDS} Redis commands however many entries it invalidates, a "
    f"hit at most {HIT_COMMANDS}, and {CROWD} concurrent callers are all answered.",
    probes=tuple(Probe(path, worker=worker) for worker in (1, 2) for path in PATHS),
    changes=(PRICED, RENAMED, COMMENTED),
    trial=trial,
    trial_beside_shop=third_worker,
    first_steps=FIRST_STEPS,
    steps=(
        *FIRST_STEPS,
        answers,
        same_answer,
        hits_take_no_statement,
        same_answer_concurrently,
        same_answer_after_changes,
        writes_keep_the_rest,
        shop_stores_for_all,
    ),
    hints=(
        "Which keys does `drop` look for, and which keys does `get_or_make` store? Serve the shop, "
        "read `/api/products/9` at one worker, change its price at the other, and read it again "
        "at both.",
        "Do not look for the entries. Keep something small in Redis for each tag that changes when "
        "the tag is dropped, and have every entry depend on it: one command then invalidates any "
        "number of entries, and no others.",
        "Give each tag a *generation*: a random value under a key of its own. Read the generations "
        "of the tags and the entry together, with one `MGET`. Store an entry together with the "
        "generations that you read *before* calling `make`; it is a hit only while they are the "
        "current ones. `drop` deletes the generations. Whoever finds one missing creates it, with "
        "`SET … NX`.",
        "`*generations, found = await self.redis.mget(*names, entry)`, where `names` are the keys "
        "of the sorted tags. Create what is missing in a pipeline: `set(name, token_bytes(8), "
        "nx=True)` for each, then `mget(names)`. With `stamp = b''.join(generations)`, a hit is a "
        "`found` that starts with `stamp`. `drop` is one `delete(*names)`. Keep the "
        "`BlockingConnectionPool`: redis-py's default pool raises an error for the 101st caller.",
    ),
)
