"""The rate that an open loop offers, given or derived from the targets' capacity."""

from collections.abc import Iterable
from statistics import median
from typing import Literal

from app.lab.load.errors import LoadError
from app.lab.load.process import LoadProcess
from app.lab.load.schedule import short_seconds
from app.lab.load.target import Target

Rate = float | Literal["auto"] | None
"""Requests per second of an open loop. ``"auto"``: ``SHARE`` of the slowest target's capacity.
``None``: a closed loop."""

SHARE = 0.6
"""High enough for a queue to form now and then, low enough for it to drain again."""
_WINDOWS, _SECONDS = 3, 0.5


async def offered_rate(
    load: LoadProcess, rate: Rate, targets: Iterable[Target], connections: int
) -> float | None:
    """The rate as a number; for ``"auto"``, a short closed loop finds the capacity.

    Raises ``LoadError`` for a rate that is not positive.
    """
    if rate == "auto":
        return SHARE * min([await _capacity(load, target, connections) for target in targets])
    if rate is not None and rate <= 0:
        raise LoadError(f"The rate must be above zero; {rate:g} requests per second sends nothing.")
    return rate


async def _capacity(load: LoadProcess, target: Target, connections: int) -> float:
    seconds = short_seconds(_SECONDS)
    windows = [
        await load.window(target, connections=connections, seconds=seconds) for _ in range(_WINDOWS)
    ]
    capacity = median(window.rps for window in windows)
    if not capacity:
        raise LoadError(f"{target.url} answers no request, so no rate can be derived from it.")
    return capacity
