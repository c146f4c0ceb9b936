"""The worker's view of a target: encoded requests, their order and their expected replies."""

import base64
import random
from collections.abc import Iterator, Sequence
from itertools import cycle
from operator import itemgetter
from typing import Any, TypeVar

Item = TypeVar("Item")

LEARN_FROM = 3
"""Replies that must agree before a body is assumed to be constant."""
LARGEST_COMPARED = 4_000_000
"""Bytes. For a longer constant body, only the length is compared."""
SLOTS = 10_000
"""Requests after which a mix repeats."""


class Prepared:
    """One encoded request, and what has been learned about its replies."""

    __slots__ = (
        "agreed",
        "data",
        "expected",
        "expected_length",
        "highest",
        "learning",
        "lowest",
        "safe",
    )

    def __init__(self, spec: dict[str, Any]) -> None:
        self.data = base64.b64decode(spec["bytes"])
        self.lowest, self.highest = spec["statuses"]
        self.safe: bool = spec["safe"]
        self.learning = spec["same_body"] is not False
        self.agreed = LEARN_FROM - 1 if spec["same_body"] else 0
        self.expected: bytes | None = None
        self.expected_length = -1

    def learn(self, body: bytes) -> None:
        """Learn from one of the first bodies: if all agree, the body is constant."""
        if self.expected is not None and body != self.expected:
            self.learning, self.expected = False, None
            return
        self.expected = body
        self.agreed += 1
        if self.agreed >= LEARN_FROM:
            self.learning, self.expected_length = False, len(body)
            if len(body) > LARGEST_COMPARED:
                self.expected = None


class Plan:
    """Where to connect, and an endless, repeatable sequence of requests.

    Each window continues where the target's previous one ended. If every window started over, a
    slow server would only ever get the beginning of the mix, and a fast one all of it.
    """

    def __init__(self, spec: dict[str, Any]) -> None:
        self.host: str = spec["host"]
        self.port: int = spec["port"]
        self.socket: str | None = spec["socket"]
        weights = [request["weight"] for request in spec["requests"]]
        prepared = [Prepared(request) for request in spec["requests"]]
        self.sequence: Iterator[Prepared] = cycle(weighted_order(prepared, weights))


def weighted_order(items: Sequence[Item], weights: Sequence[float]) -> list[Item]:
    """A fixed order of ``SLOTS`` items, each as often as its weight says and at least once.

    An item that occurs n times occurs once in each n-th of the sequence, at a random place, so that
    any stretch resembles the whole.
    """
    if len(items) == 1:
        return list(items)
    rng = random.Random(0)
    total = sum(weights)
    placed: list[tuple[float, Item]] = []
    for item, weight in zip(items, weights, strict=True):
        count = max(1, round(SLOTS * weight / total))
        placed += [((number + rng.random()) / count, item) for number in range(count)]
    placed.sort(key=itemgetter(0))
    return [item for _, item in placed]
