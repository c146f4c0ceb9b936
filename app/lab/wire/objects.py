"""Counts the objects that a request builds, validates and converts.

The hooks that count are in place only while a request is observed that asked for them.
"""

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from app.course.objects import Objects
from app.lab.wire.ledger import CURRENT
from app.lab.wire.tally import Count, Tally

if TYPE_CHECKING:
    from app.lab.wire.object_hooks import Hooks


class ObjectTally:
    """The counts of one request, from ``start`` to ``stop``."""

    def __init__(self) -> None:
        self._counts: dict[Count, int] = {}
        self._validated: dict[int, object] = {}
        """By identity. They are kept alive, so that no identity occurs twice."""
        self._started = False
        self._before = 0

    def start(self) -> None:
        self._before = _Shared.unattributed.total
        _Shared.begin()
        self._started = True

    def stop(self) -> Objects | None:
        """The counts; ``None`` if it was not started, or if something else has replaced or removed
        a hook meanwhile."""
        if not self._started:
            return None
        counts = self.objects()
        return counts if _Shared.end() else None

    def objects(self) -> Objects:
        """What was counted so far."""
        return Objects(
            **self._counts,
            validations=len(self._validated),
            unattributed=_Shared.unattributed.total - self._before,
        )

    def count(self, name: Count) -> None:
        self._counts[name] = self._counts.get(name, 0) + 1

    def validated(self, built: Iterable[object]) -> None:
        # What a validator builds while another validation runs is reported by both of them.
        self._validated.update((id(one), one) for one in built)


class _Unattributed:
    """Counts what no request has asked for."""

    def __init__(self) -> None:
        self.total = 0

    def count(self, name: Count) -> None:  # noqa: ARG002
        self.total += 1

    def validated(self, built: Iterable[object]) -> None:
        self.total += sum(1 for _ in built)


class _Shared:
    """The hooks of this process, which all observed requests share."""

    unattributed: ClassVar[_Unattributed] = _Unattributed()
    _hooks: ClassVar["Hooks | None"] = None
    _users: ClassVar[int] = 0
    _lock: ClassVar[threading.Lock] = threading.Lock()

    @classmethod
    def begin(cls) -> None:
        with cls._lock:
            if cls._hooks is None:
                # Imports FastAPI and Pydantic, which not every process needs.
                from app.lab.wire.object_hooks import Hooks

                cls._hooks = Hooks(_tally)
                cls._hooks.install()
            cls._users += 1

    @classmethod
    def end(cls) -> bool:
        """Whether all hooks were still in place."""
        with cls._lock:
            assert cls._hooks is not None
            intact = cls._hooks.are_installed
            cls._users -= 1
            if not cls._users:
                cls._hooks.remove()
                cls._hooks = None
            return intact


def _tally() -> Tally | None:
    """Where to report what the current task does."""
    record = CURRENT.get()
    return _Shared.unattributed if record is None else record.objects
