"""The worker's side of a target: encoded requests, their order, and what their replies must be."""

import base64
import random
from collections.abc import Iterator
from itertools import cycle
from typing import Any

LEARN_FROM = 3
"""Replies that must agree before a body is taken to be constant."""
LARGEST_COMPARED = 4_000_000
"""Bytes. Of a longer constant body only the length is compared."""
SLOTS = 1_000


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
    """Where to connect and an endless, repeatable sequence of requests."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.host: str = spec["host"]
        self.port: int = spec["port"]
        self.socket: str | None = spec["socket"]
        self._prepared = [Prepared(request) for request in spec["requests"]]
        self._weights = [request["weight"] for request in spec["requests"]]

    def sequence(self) -> Iterator[Prepared]:
        """The same order in every window, so that arms are compared on the same mix."""
        if len(self._prepared) == 1:
            return cycle(self._prepared)
        total = sum(self._weights)
        slots = [
            prepared
            for prepared, weight in zip(self._prepared, self._weights, strict=True)
            for _ in range(max(1, round(SLOTS * weight / total)))
        ]
        random.Random(0).shuffle(slots)
        return cycle(slots)
