"""Builds sentences: ``{name}`` in a phrase stands for any phrase from the list ``name``."""

import re
from collections.abc import Callable, Mapping

from app.lab.services.seed.dice import Dice

A_BEFORE_VOWEL = re.compile(r"\b([Aa])(?= (?:[aeio]|un[^i]|um))")

Phrase = tuple[str, ...]
"""Alternating literal text and list names, literal first: ("a ", "colour", " mug")."""


class Grammar:
    """Lists of phrases, separated by line breaks or bars, parsed once."""

    def __init__(self, lists: Mapping[str, str], dice: Dice) -> None:
        self.lists = {name: parse_phrases(text) for name, text in lists.items()}
        self.random: Callable[[], float] = dice.random

    def expand(self, name: str, given: Mapping[str, str]) -> str:
        """A random phrase from the list ``name``, expanded. ``given`` has the names without one."""
        phrases = self.lists.get(name)
        if phrases is None:
            return given[name]
        phrase = phrases[int(self.random() * len(phrases))]
        if len(phrase) == 1:
            return phrase[0]
        return "".join(
            self.expand(part, given) if position % 2 else part
            for position, part in enumerate(phrase)
        )


def parse_phrases(text: str) -> list[Phrase]:
    phrases = (phrase.strip() for phrase in re.split(r"[|\n]", text))
    return [tuple(re.split(r"\{(\w+)\}", phrase)) for phrase in phrases if phrase]


def sentence(text: str) -> str:
    """Capitalize the first letter, and replace "a" with "an" before a vowel."""
    text = A_BEFORE_VOWEL.sub(r"\1n", text)
    return text[:1].upper() + text[1:]
