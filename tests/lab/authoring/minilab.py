"""A lab for tests that are about notebooks: its exercise asks for a list of three numbers."""

import asyncio
import os
import time
from pathlib import Path

from app.lab.checks.outcome import CheckRefused, Outcome
from app.lab.display.notebook import show


class MiniLab:
    last_outcome: dict[str, object] | None = None
    closed = False

    async def start(self, slug: str) -> None:
        self.slug = slug
        self._log("started")

    async def close(self) -> None:
        await asyncio.to_thread(time.sleep, 0)  # as a real one, it needs a thread to close
        self.closed = True
        self._log("closed")

    def _log(self, event: str) -> None:
        """For tests that run it in other processes."""
        if log := os.environ.get("MINILAB_LOG"):
            with Path(log).open("a") as file:
                file.write(f"{event} {os.getpid()}\n")

    async def check(self, answer: object) -> None:
        outcome = self._judge(answer)
        self.last_outcome = outcome.to_json()
        show(outcome)
        if outcome.outcome != "passed" and outcome.outcome != "not attempted":
            raise CheckRefused(outcome)

    def _judge(self, answer: object) -> Outcome:
        if answer is None:
            return Outcome(self.slug, "not attempted", "The cell is as it was.")
        if not isinstance(answer, list):
            return Outcome(self.slug, "wrong", f"Got a {type(answer).__name__}, not a list.", 1)
        if len(answer) != 3:
            return Outcome(self.slug, "wrong", f"Got {len(answer)} numbers, not 3.", 2, {"rows": 7})
        return Outcome(self.slug, "passed", "Three numbers.", None, {"rows": 3})


lab = MiniLab()
