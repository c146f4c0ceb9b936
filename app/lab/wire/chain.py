"""The longest chain of round trips of one request: its critical path, counted and not timed."""

import asyncio
from typing import Any, TypeAlias

Task: TypeAlias = "asyncio.Task[Any]"


class Chain:
    """Which of a request's round trips to PostgreSQL had to wait for which.

    One waits for another if the same task sent both, if one task has started the other or waited
    for it, or if both went over the same connection while no other one was idle. Round trips of
    tasks that run side by side on connections of their own do not wait for each other, however long
    each of them takes. So the length is the same on a fast machine and on a busy one.

    A task that waits for a lock, a semaphore or an event is not known to wait for whoever sets it.
    """

    def __init__(self) -> None:
        self.longest = 0
        """Round trips in the longest chain so far."""
        self._branches: dict[Task | None, _Branch] = {}
        self._connections: dict[object, int] = {}
        """The length of the chain that ends with the latest round trip, by connection."""

    @property
    def tasks(self) -> int:
        """How many tasks have sent something."""
        return sum(branch.has_sent for branch in self._branches.values())

    def started(self, task: Task) -> None:
        """The current task has started ``task``, which begins where the current one is."""
        parent = self._current()
        branch = self._branches[task] = _Branch(parent.length())
        parent.children[task] = branch

    def round_trip(self, connection: object) -> None:
        """The current task sends something over ``connection`` and waits for the reply."""
        branch = self._current()
        length = 1 + max(branch.length(), self._connections.get(connection, 0))
        branch.reached = self._connections[connection] = length
        branch.has_sent = True
        self.longest = max(self.longest, length)

    def returned(self, connection: object) -> None:
        """``connection`` is back in its pool, where others are idle: who gets it next could have
        had one of those, and has not waited for it."""
        self._connections.pop(connection, None)

    def _current(self) -> "_Branch":
        return self._branches.setdefault(asyncio.current_task(), _Branch())


class _Branch:
    """One task's part in the chain."""

    def __init__(self, reached: int = 0) -> None:
        self.reached = reached
        """The length of the chain that ends with its latest round trip."""
        self.has_sent = False
        self.children: dict[Task, _Branch] = {}
        """The branches of tasks that it has started and that may still be running."""

    def length(self) -> int:
        """The length of the chain that its next round trip will continue: its own, or that of a
        child that has ended."""
        for task in [task for task in self.children if task.done()]:
            self.reached = max(self.reached, self.children.pop(task).length())
        return self.reached
