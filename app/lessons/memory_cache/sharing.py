"""What callers of a learner's cache share that ask for the same entry at once."""

import asyncio

from app.course.exercise import Refusal
from app.lessons.memory_cache.maker import (
    Broken,
    Constant,
    Maker,
    callers,
    outcome,
    settled,
    start,
    turns,
)
from app.shop.cache import Cache

CALLERS = 40
FEW = 5


async def callers_share_one_call(cache: Cache) -> Refusal | None:
    make = Maker(held=True)
    tasks = await callers(cache, "product:1", make, CALLERS)
    make.free.set()
    if not await settled(*tasks):
        return Refusal(f"Of {CALLERS} callers for the same missing entry, some never return.", 2)
    if make.calls > 1:
        return Refusal(
            f"{CALLERS} callers asked for the same missing entry at once, and `make` was called "
            f"{make.calls} times; expected once, with its result for all of them.",
            hint=2,
        )
    got = {outcome(task) for task in tasks}
    if got != {b"1"}:
        return Refusal(
            f"{CALLERS} callers asked for the same missing entry at once. `make` returned b'1', "
            f"and they got {_all(got)}; expected b'1' for all.",
            hint=2,
        )
    return None


async def other_entries_are_not_held_up(cache: Cache) -> Refusal | None:
    slow = Maker(held=True)
    waiting = await callers(cache, "product:1", slow, 1)
    quick = start(cache.get_or_make("product:2", ["product:2"], Constant(b"quick")))
    held_up = not await settled(quick)
    slow.free.set()
    await settled(*waiting)
    if not held_up:
        return None
    return Refusal(
        "While `make` ran for product:1, a caller for product:2 had to wait for it; expected a "
        "slow entry to hold up nobody else. Is there one lock for all keys?",
        hint=2,
    )


async def every_key_has_its_own_answer(cache: Cache) -> Refusal | None:
    """Also where several are computed at the same time."""
    answers = {f"product:{number}": b"%d" % number for number in range(10)}
    for when in ("at the same time", "once more"):
        makes = {key: Constant(answer) for key, answer in answers.items()}
        tasks = {key: start(cache.get_or_make(key, [key], make)) for key, make in makes.items()}
        await settled(*tasks.values())
        for key, task in tasks.items():
            if (got := outcome(task)) != answers[key]:
                return Refusal(
                    f"{len(answers)} entries were asked for {when}. For {key}, `make` returned "
                    f"{answers[key]!r} and the caller got {_short(got)}. What do concurrent calls "
                    "share?",
                    hint=2,
                )
            if makes[key].calls and when == "once more":
                return Refusal(
                    f"{len(answers)} entries were asked for at the same time, and once more. For "
                    f"{key}, `make` was called again; expected it to be kept. What do concurrent "
                    "calls share?",
                    hint=2,
                )
    return None


async def exceptions_are_raised_and_not_kept(cache: Cache) -> Refusal | None:
    make = Maker(held=True, broken=True)
    tasks = await callers(cache, "product:1", make, FEW)
    make.free.set()
    if not await settled(*tasks):
        return Refusal(
            f"`make` raised an exception while {FEW} callers waited, and some of them never "
            "return; expected it to be raised by each of them.",
            hint=3,
        )
    got = [outcome(task) for task in tasks]
    raised = sum(isinstance(one, Broken) for one in got)
    if raised < FEW:
        return Refusal(
            f"`make` raised an exception while {FEW} callers waited. {raised} of them raised it, "
            f"the others got {_all({one for one in got if not isinstance(one, Broken)})}; expected "
            "it to be raised by each of them.",
            hint=3,
        )
    again = start(cache.get_or_make("product:1", ["product:1"], Constant(b"back")))
    if await settled(again) and outcome(again) == b"back":
        return None
    return Refusal(
        "`make` raised an exception once. The next caller for the same key, whose `make` works, "
        f"{_fate(again)}; expected its result. An exception must not be kept.",
        hint=3,
    )


async def a_cancelled_caller_takes_nobody_along(cache: Cache) -> Refusal | None:
    for which, name in ((0, "first"), (2, "third")):
        make = Maker(held=True)
        key = f"product:{which}"
        tasks = await callers(cache, key, make, FEW)
        tasks.pop(which).cancel()
        await turns()
        make.free.set()
        ended = await settled(*tasks)
        answered = sum(isinstance(outcome(task), bytes) for task in tasks)
        if answered < len(tasks):
            fate = "raise CancelledError" if ended else "never return"
            return Refusal(
                f"{FEW} callers waited for the same entry, and the {name} was cancelled, as when "
                f"its request times out. {answered} of the other {len(tasks)} got an answer, "
                f"the rest {fate}; expected {len(tasks)}.",
                hint=3,
            )
    return await _a_key_outlives_its_only_caller(cache)


async def _a_key_outlives_its_only_caller(cache: Cache) -> Refusal | None:
    make = Maker(held=True)
    (lone,) = await callers(cache, "product:9", make, 1)
    lone.cancel()
    await asyncio.wait([lone])
    following = start(cache.get_or_make("product:9", ["product:9"], make))
    await turns()
    make.free.set()
    if await settled(following) and isinstance(outcome(following), bytes):
        return None
    return Refusal(
        "The only caller for a missing entry was cancelled. The next caller for the same key "
        f"{_fate(following)}; expected an answer. What does the first one leave behind?",
        hint=3,
    )


def _fate(task: "asyncio.Task[bytes | None]") -> str:
    if not task.done() or task.cancelling():
        return "never returns"
    got = outcome(task)
    return f"raised {type(got).__name__}" if isinstance(got, BaseException) else f"got {got!r}"


def _all(got: set[bytes | BaseException | None]) -> str:
    return " and ".join(sorted({_short(one) for one in got}))


def _short(one: bytes | BaseException | None) -> str:
    return type(one).__name__ if isinstance(one, BaseException) else repr(one)
