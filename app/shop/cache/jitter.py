"""Randomized expiry times."""

import random

JITTER = 0.2
NEGATIVE_TTL = 0.2


def jittered_ttl(seconds: float, value: bytes | None) -> float:
    """The time to live of a new entry: ``seconds``, shortened by a random part of up to 20 %.

    Without jitter, entries created together would expire together and be recomputed all at once.
    A negative entry (``None``) lives a fifth as long, since no write need invalidate it.
    """
    longest = seconds if value is not None else seconds * NEGATIVE_TTL
    return longest * (1 - JITTER * random.random())
