"""The worker's side of a target: encoded requests, their order, and what their replies must be."""

import base64
import random
from collections.abc import Iterator, Sequence
from itertools import cycle
from operator import itemgetter
from typing import Any, TypeVar

Item = TypeVar("Item")

LEARN_FROM = 3
"""Replies that must agree before a body is taken to be constant."""
LARGEST_COMPARED = 4_000_000
"""Bytes. Of a longer constant body only the length is compared."""
SLOTS = 10_000
"""Requests after which a mix begins again."""


class Prepared:
    """One encoded request and the state of what is known of its replies."""

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
        """Take one of the first bodies: the same each time means constant, else it may vary."""
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
    """Where to connect and an endless, repeatable sequence of requests.

    Each window goes on where the target's last one has ended. If all of them began anew, a slow
    server would be asked for nothing but the beginning, again and again, and a fast one for the
    whole mix.
    """

    def __init__(self, spec: dict[str, Any]) -> None:
        self.host: str = spec["host"]
        self.port: int = spec["port"]
        self.socket: str | None = spec["socket"]
        weights = [request["weight"] for request in spec["requests"]]
        prepared = [Prepared(request) for request in spec["requests"]]
        self.sequence: Iterator[Prepared] = cycle(in_turn(prepared, weights))


def in_turn(items: Sequence[Item], weights: Sequence[float]) -> list[Item]:
    """Each as often as its weight says, and at least once, in an order that is always the same.

    Its turns are spread: there is one in each of as many equal parts of the sequence, somewhere. So
    a stretch of it is much like the whole.
    """
    if len(items) == 1:
        return list(items)
    dice = random.Random(0)
    total = sum(weights)
    turns: list[tuple[float, Item]] = []
    for one, weight in zip(items, weights, strict=True):
        count = max(1, round(SLOTS * weight / total))
        turns += [((number + dice.random()) / count, one) for number in range(count)]
    turns.sort(key=itemgetter(0))
    return [one for _, one in turns]
