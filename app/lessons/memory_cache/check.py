"""The exercise: a cache that is right when many ask at once and when somebody writes."""

from app.course.evidence import Burst, Evidence, Observation, Probe
from app.course.exercise import Refusal
from app.course.kinds import CacheExercise
from app.course.steps import (
    answers,
    same_answer,
    same_answer_after_changes,
    same_answer_concurrently,
)
from app.course.wording import count_of
from app.lessons.memory_cache.keeping import MAX_BYTES
from app.lessons.memory_cache.trial import trial

BURST = Burst("/api/products/2000", requests=40, connections=40, barrier=True)


def starts_empty(evidence: Evidence) -> Refusal | None:
    """A new cache has no entries of another one."""
    found: Refusal | None = evidence.extra["shared"]
    return found


def keeps_answers(evidence: Evidence) -> Refusal | None:
    """The second of two equal requests takes no statement, before and after a write."""
    reads = [seen for seen in evidence.observations if seen.probe.method == "GET"]
    for seen in reads:
        if seen.work.statements:
            return Refusal(
                f"{_second(seen)} took {count_of(seen.work.statements, 'SQL statement')}; "
                "expected 0."
                f"{_why(seen)}",
                hint=1,
            )
    for seen in evidence.after_changes:
        if seen.probe.method == "GET" and seen.work.statements:
            return Refusal(
                f"After {seen.after}, {_second(seen, capital=False)} took "
                f"{count_of(seen.work.statements, 'SQL statement')}; expected 0: what was dropped "
                "is computed once and then kept again.",
                hint=2,
            )
    return None


def _second(seen: Observation, *, capital: bool = True) -> str:
    return f"{'The' if capital else 'the'} second of two requests {seen.probe}"


def _why(seen: Observation) -> str:
    if seen.status == 404:
        return " `make` returned `None` for it, because there is no such product. Keep that too."
    return ""


def shares_the_query(evidence: Evidence) -> Refusal | None:
    """Clients that ask at once for what is not cached are answered from one query."""
    (seen,) = evidence.bursts
    answered = seen.statuses.get(200, 0)
    if answered < seen.burst.requests:
        reason = next(iter(seen.reasons.values()), "no reason is known")
        return Refusal(
            f"{seen.burst.requests} clients asked at once for a product that was not cached, and "
            f"{answered} got it; expected all. The others: {reason}",
            hint=2,
        )
    if seen.work.statements > 1:
        return Refusal(
            f"{seen.burst.requests} clients asked at once for a product that was not cached: "
            f"{count_of(seen.work.statements, 'SQL statement')}; expected 1.",
            hint=2,
        )
    return None


def behaves(evidence: Evidence) -> Refusal | None:
    """The cache does by itself what the goal says."""
    found: Refusal | None = evidence.extra["fault"]
    return found


EXERCISE = CacheExercise(
    goal="Whatever is cached takes no statement until it is dropped or expires, 40 clients at once "
    "cost one query, nobody is served anything older than the latest write, and the cache holds at "
    f"most {MAX_BYTES:,} bytes.",
    after="memory_cache",
    probes=(
        Probe("/api/products/1"),
        Probe("/api/products/9999999"),
        Probe("/api/products?limit=7"),
        Probe("/api/posts/77"),
    ),
    changes=(
        Probe(
            "/api/products/1",
            method="PATCH",
            json={"price": "12.34", "name": "RENAMED WHILE SOMEBODY LOOKED"},
            account=1,
            scopes=("catalog:write",),
        ),
    ),
    bursts=(BURST,),
    trial=trial,
    steps=(
        answers,
        starts_empty,
        same_answer,
        keeps_answers,
        same_answer_concurrently,
        same_answer_after_changes,
        shares_the_query,
        behaves,
    ),
    hints=(
        "The message says which property is missing. Leave the others for later: each is a few "
        "lines. Begin with what the lesson has built: a sentinel for `None`, a task for each key "
        "that is being computed, `asyncio.shield`.",
        "Keep more than the value: `Entry(value, drops, size)`. `drops` says how often the entry's "
        "tags had been dropped when its computation began, and `size` is for "
        "`TTLCache(MAX_BYTES, seconds, getsizeof=…)`.",
        "`drop` only counts: `self.drops.update(tags)` with a `Counter`. An entry is a hit while "
        "the counts of its tags are what they were. Use the counts in the key of the task too, and "
        "nobody joins a computation from before the drop. cachetools raises `ValueError` for what "
        "is larger than the whole cache.",
        "`drops = tuple(self.drops[tag] for tag in sorted(tags))`. A hit: `entry = "
        "self.entries.get(key)`, and `entry.drops == drops`. A miss: find or create the task in "
        "`self.loading[key, drops]`, remove it by `add_done_callback`, and return `await "
        "asyncio.shield(task)`. The task awaits `make()` and, if it fits, stores `Entry(value, "
        "drops, len(key) + len(value or b''))`.",
    ),
)
