"""Random draws that are the same on every machine and every Python version."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Uses nothing but ``Random.random()``.

    It is the only method that Python guarantees to return the same values for the same integer seed
    in every version. Multiplication and truncation are exact IEEE 754 operations.
    """

    def __init__(self, seed: int) -> None:
        self.random = Random(seed).random

    def below(self, bound: int) -> int:
        """An integer from 0 to ``bound - 1``."""
        return int(self.random() * bound)

    def pick(self, choices: Sequence[T]) -> T:
        return choices[int(self.random() * len(choices))]

    def chance(self, probability: float) -> bool:
        return self.random() < probability
