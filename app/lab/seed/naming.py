"""A product's name: the stock list's capitals, made readable."""

import re

SMALL_WORDS = frozenset("a and at by de des for in la le of on or the to up with".split())
CAPITALS = frozenset("3D CD DIY DVD EU I II III IV LED MP3 NYC TV UFO UK USB XXL".split())


def readable_name(description: str) -> str:
    """``SET OF 3 CAKE TINS PANTRY DESIGN`` becomes ``Set of 3 Cake Tins Pantry Design``.

    A description that has small letters of its own words (``Dr. Jam's Stress Ball``) stays.
    """
    text = description.strip(" *.,")
    if text.upper() != text and text.title() == text:
        return text
    words = text.split(" ")
    return " ".join(
        _readable_word(word, first=position == 0) for position, word in enumerate(words)
    )


def _readable_word(word: str, *, first: bool) -> str:
    if word.upper() in CAPITALS:
        return word.upper()
    if word.lower() in SMALL_WORDS and not first:
        return word.lower()
    if re.match(r"\d", word):
        return word.lower()
    return re.sub(r"(?<![A-Za-z'])[a-z]", lambda letter: letter[0].upper(), word.lower())
