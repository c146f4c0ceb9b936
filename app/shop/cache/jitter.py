"""Lives that end at different times."""

import random

SPREAD = 0.2
NEGATIVE = 0.2


def life(seconds: float, value: bytes | None) -> float:
    """How long an entry is kept, in seconds: at most ``seconds``, and up to a fifth less.

    Entries made together would otherwise be made anew together. That there is no such thing is
    remembered for a fifth as long: it may soon be there, and nothing but time tells.
    """
    longest = seconds if value is not None else seconds * NEGATIVE
    return longest * (1 - SPREAD * random.random())
