"""The same load on the shop as it stands after each lesson: what each of them is worth."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.course.catalogue import stages
from app.course.overlay import Overlay, overlay_of
from app.course.shop import Shop
from app.course.shops import flaws_after
from app.lab.display.table import Table
from app.lab.load import Comparison, Target, compare
from app.lab.load.rounds import Progress
from app.lab.load.schedule import short
from app.lab.load.workload import SHOWN, workload
from app.lab.services import connect
from app.lab.serving.arm import Arm
from app.lab.serving.copies import Copies
from app.lab.serving.log_in import log_in
from app.lab.serving.written import since_now

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POOL = 5
"""Connections of each shop: all of them are live at once and share one PostgreSQL."""


@dataclass(frozen=True)
class Ladder:
    """A rung for each lesson that changes the shop; the first one is the first draft."""

    comparison: Comparison
    """Of the shops by their names."""
    shops: Mapping[str, str]
    """Their names by lesson, in the order of the lessons."""

    def to_json(self) -> list[dict[str, Any]]:
        """One object a rung, in the order of the lessons."""
        return [self._rung(after, shop) for after, shop in self.shops.items()]

    def _rung(self, after: str, shop: str) -> dict[str, Any]:
        seen = self.comparison.measurements[shop]
        failed = sum(seen.errors.values())
        ratio = {} if shop == self.comparison.baseline else self.comparison.ratio_json(shop)
        return {
            "after": after,
            "rps": seen.rps,
            "p50_ms": seen.percentile(0.5),
            "p99_ms": seen.percentile(0.99),
            "error_rate": failed / max(failed + seen.requests, 1),
            "statements_per_request": seen.work.per_request()["statements"] if seen.work else None,
            **ratio,
        }

    def table(self) -> Table:
        return self.comparison.table()

    def chart(self) -> "Figure":
        return self.comparison.chart()

    def __str__(self) -> str:
        return str(self.comparison)

    def _repr_html_(self) -> str:
        return self.comparison._repr_html_()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(str(self))


def rungs() -> tuple[str, ...]:
    """The first lesson, after which the shop is still its first draft, and those that change it."""
    first, *others = stages()
    return (first, *(slug for slug in others if overlay_of(slug) != Overlay()))


def _named(slugs: Sequence[str]) -> dict[str, str]:
    first, *others = slugs
    return {first: "first draft"} | {slug: f"after {slug}" for slug in others}


async def ladder(
    after: Sequence[str] | None = None,
    *,
    connections: int = 16,
    seconds: float = 60.0,
    width: float = 0.1,
    on_progress: Progress | None = None,
) -> Ladder:
    """All rungs live at once, or those ``after`` these lessons, under the workload, in interleaved
    rounds in random order. It ends early once all intervals are as narrow as ``width``.

    What was ordered and said is taken away before each turn: the rung that answers the most also
    writes the most, and would soon work on longer lists than the others did.

    Raises ``CourseError`` where PostgreSQL cannot be had.
    """
    with ExitStack() as stack:
        client = stack.enter_context(await asyncio.to_thread(connect, "course ladder"))
        copies = Copies(client)
        # One copy for all: ten of them would not fit into PostgreSQL's memory at once, and then
        # reading files would be measured.
        copy = await asyncio.to_thread(copies.acquire)
        stack.callback(copies.release, copy)
        shops = _named(after or rungs())
        arms = {
            name: stack.enter_context(
                Arm(Shop(flaws=flaws_after(slug), settings={"pool_size": POOL}), copies, copy=copy)
            )
            for slug, name in shops.items()
        }
        token = await log_in(next(iter(arms.values())).url)
        # Each request is checked on each shop first, which takes longer than a short measurement.
        requests = workload(token, products=20 if short() else SHOWN)
        async with since_now(copy.lease.database_url) as written:
            found = await compare(
                {name: Target(arm.url, requests) for name, arm in arms.items()},
                connections=connections,
                seconds=seconds,
                window=0.5,
                width=width,
                on_progress=on_progress,
                between=lambda _: written.take_away(),
                observers={name: arm.host.observer() for name, arm in arms.items()},
            )
    return Ladder(found, shops)
