"""Makes readable product names from the stock list's capitals."""

import re

SMALL_WORDS = {
    "a", "and", "at", "by", "de", "des", "for", "in", "la", "le", "of", "on", "or", "the",
    "to", "up", "with",
}  # fmt: skip
CAPITALS = {
    "3D", "CD", "DIY", "DVD", "EU", "I", "II", "III", "IV", "LED", "MP3", "NYC", "TV",
    "UFO", "UK", "USB", "VIP", "XXL",
}  # fmt: skip
SPELLED_OUT = {"ASS": "Assorted", "ASSTD": "Assorted", "NECKL": "Necklace"}


def readable_name(description: str) -> str:
    """``SET OF 3 CAKE TINS PANTRY DESIGN`` becomes ``Set of 3 Cake Tins Pantry Design``.

    Stray characters at either end are removed, such as the asterisk of ``*USB Office Mirror Ball``.
    """
    words = description.strip(" *.,").split(" ")
    return " ".join(
        _readable_word(word, first=position == 0) for position, word in enumerate(words)
    )


def _readable_word(word: str, *, first: bool) -> str:
    if word in SPELLED_OUT:
        return SPELLED_OUT[word]
    if word.upper() in CAPITALS:
        return word.upper()
    if word.lower() in SMALL_WORDS and not first:
        return word.lower()
    if re.match(r"\d", word):
        return word.lower()
    return re.sub(r"(?<![A-Za-z'])[a-z]", lambda letter: letter[0].upper(), word.lower())
