"""The process managers beside each other: what two workers cost, and what happens to requests."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.course.deployments import Restart
from app.lab.display.table import Table
from app.lab.load import Comparison
from app.lab.tools.deployment.deployment import Deployment
from app.lab.tools.deployment.restart import LOOK_SECONDS, PATH
from app.lab.tools.deployment.trial_routes import BLOCK_SECONDS, BLOCKING

REQUESTS = 20
"""Sent at once while one of the workers is blocked."""
GRACE_SECONDS = 3
_BLOCK = "/api/trial/block"
_HEADERS = (
    "",
    "ready after",
    "own memory",
    "shared",
    f"of {REQUESTS} beside a blocked worker",
    "lost at a restart",
    "longest wait",
    "workers at the peak",
    "requests/s",
)


@dataclass(frozen=True, slots=True)
class Examined:
    """One manager with two workers."""

    title: str
    start_seconds: float
    own: int
    """Bytes that a worker has for itself, on average."""
    shared: int
    answered: int
    """Of ``REQUESTS`` while one worker was blocked."""
    restart: Restart


async def examine(shop: Deployment) -> Examined:
    """``shop`` must have the endpoints of a trial."""
    memory = list(shop.memory.values())
    answered = await _beside_a_blocked_worker(shop)
    return Examined(
        title=shop.manager.title,
        start_seconds=shop.start_seconds,
        own=sum(one.own for one in memory) // len(memory),
        shared=sum(one.shared for one in memory) // len(memory),
        answered=answered,
        restart=await shop.restart(path=PATH),
    )


def grace_options(grace_option: str | None) -> dict[str, Any]:
    """So that a restart comes to an end; empty for a manager without such an option."""
    return {} if grace_option is None else {grace_option: GRACE_SECONDS}


async def _beside_a_blocked_worker(shop: Deployment) -> int:
    blocked = asyncio.create_task(shop.ask(_BLOCK))
    while not shop.journal.pids(BLOCKING) and not blocked.done():  # noqa: ASYNC110
        await asyncio.sleep(LOOK_SECONDS)
    # Those that the blocked worker has accepted would be answered afterwards.
    replies = await shop.ask(PATH, REQUESTS, patience=BLOCK_SECONDS / 2)
    await blocked
    return replies.answered


@dataclass(frozen=True)
class SideBySide:
    """All managers, shown as a table."""

    managers: Sequence[Examined]
    speed: Comparison
    """Of one worker each, on the same core."""

    def table(self) -> Table:
        return Table(_HEADERS, [self._row(one) for one in self.managers])

    def _row(self, one: Examined) -> list[str]:
        ratio = self.speed.ratios.get(one.title)
        return [
            one.title,
            f"{one.start_seconds:.1f} s",
            f"{one.own / 1e6:,.0f} MB",
            f"{one.shared / 1e6:,.0f} MB",
            f"{one.answered}",
            f"{one.restart.lost:,}",
            f"{one.restart.longest_wait * 1e3:,.0f} ms",
            f"{one.restart.peak_workers}",
            "–" if ratio is None else str(ratio),
        ]

    def __str__(self) -> str:
        return self.table().text(140)

    def _repr_html_(self) -> str:
        return self.table().html()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(str(self))
