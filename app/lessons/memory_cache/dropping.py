"""What a learner's cache still serves after a drop."""

from app.course.exercise import Refusal
from app.lessons.memory_cache.maker import Callers, Maker, callers, outcome, settled, start, turns
from app.shop.cache import Cache


async def a_drop_concerns_its_tags_alone(cache: Cache) -> Refusal | None:
    tags = {"page": ["products"], "one": ["product:1"], "both": ["product:2", "products"]}

    async def made(*keys: str) -> list[str]:
        """Which of the entries had to be computed."""
        found = []
        for key in keys:
            make = Maker()
            await cache.get_or_make(key, tags[key], make)
            found += [key] * make.calls
        return found

    await made(*tags)
    await cache.drop([])
    await cache.drop({"product:1", "product:3"})
    if "one" not in await made("one"):
        return Refusal(
            "After `drop({'product:1', 'product:3'})`, an entry with the tag `product:1` was still "
            "served; expected `make` to be called. (Its key is another one than its tag.)",
            hint=2,
        )
    if lost := await made("page", "both"):
        return Refusal(
            f"After `drop({{'product:1', 'product:3'}})`, `make` was called for {len(lost)} of 2 "
            "entries that have neither tag; expected both to stay.",
            hint=2,
        )
    await cache.drop(["products"])
    kept = {"page", "both"} - set(await made("page", "both"))
    if kept:
        return Refusal(
            f"After `drop(['products'])`, {len(kept)} of 2 entries with that tag, one of which has "
            "another tag too, was still served; expected both to be computed again.",
            hint=2,
        )
    return None


async def a_drop_during_a_call_counts(cache: Cache) -> Refusal | None:
    """Whoever asks after a drop must not get what was computed from older data."""
    return await _asked_after_the_call(cache) or await _asked_during_the_call(cache)


async def _asked_after_the_call(cache: Cache) -> Refusal | None:
    early, late = Maker(held=True), Maker(10)
    await _dropped(cache, "product:1", early)
    if await cache.get_or_make("product:1", ["product:1"], late) == b"11":
        return None
    return Refusal(
        "`make` had read the old price when a write changed it and dropped the tag. Then `make` "
        "returned, and from then on the cache served the old price; expected `make` to be called "
        "again. What is computed from data that was dropped meanwhile must not be stored.",
        hint=3,
    )


async def _asked_during_the_call(cache: Cache) -> Refusal | None:
    early, late = Maker(held=True), Maker(10)
    first = await callers(cache, "product:2", early, 1)
    dropping = start(cache.drop(["product:2"]))
    await turns()
    # Some caches wait with the drop until the call has ended; then nobody can ask before.
    asking = [start(cache.get_or_make("product:2", ["product:2"], late))] if dropping.done() else []
    await turns()
    early.free.set()
    await settled(*first, dropping, *asking)
    got = outcome(asking[0]) if asking else b"11"
    if got != b"11":
        return Refusal(
            "A write dropped the tag of an entry that was being computed. A caller who asked after "
            "the drop got the result of the earlier call; expected a call of its own.",
            hint=3,
        )
    if await cache.get_or_make("product:2", ["product:2"], late) == b"1":
        return Refusal(
            "A write dropped the tag of an entry that was being computed. A later caller computed "
            "the new value, and then the earlier call returned and replaced it with the old one.",
            hint=3,
        )
    return None


async def _dropped(cache: Cache, key: str, make: Maker) -> Callers:
    """Drop the tag of an entry while ``make`` computes it, then let it return."""
    tasks = await callers(cache, key, make, 1)
    dropping = start(cache.drop([key]))
    await turns()
    make.free.set()
    await settled(*tasks, dropping)
    return tasks
