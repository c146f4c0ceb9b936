"""Reviews: written by customers some days after a purchase."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from app.lab.services.seed.dice import Dice
from app.lab.services.seed.grammar import Grammar, sentence
from app.lab.services.seed.orders import Invoice
from app.lab.services.seed.phrases import REVIEWS
from app.lab.services.seed.rules import is_cancellation
from app.lab.services.seed.words import WORDS

POSTS = 22_000

PostRow = tuple[int, int, int, str, str, int, datetime]

TONES = {1: "bad", 2: "bad", 3: "fair", 4: "good", 5: "good"}
# Ratings of a well-liked shop: many fives, few twos.
RATINGS = (1, 1, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5)
BODY = {
    "good": ("start", "say_good", "say_plain", "say_good", "end_good"),
    "fair": ("start", "say_good", "say_plain", "say_bad", "end_fair"),
    "bad": ("start", "say_bad", "say_plain", "say_bad", "end_bad"),
}


class Occasion(NamedTuple):
    """A review without its text: who writes about which product, and when."""

    written_at: datetime
    account_id: int
    product_id: int


def occasions(
    invoices: Sequence[Invoice], account_ids: Mapping[str, int], product_ids: Mapping[str, int]
) -> list[Occasion]:
    """The ``POSTS`` purchases that get a review, in chronological order; a customer reviews a
    product only once."""
    dice = Dice(541_909)
    purchases = list_purchases(invoices)
    popularity = Counter(code for _, code in purchases)
    chosen: dict[tuple[int, int], Occasion] = {}
    while len(chosen) < POSTS:
        invoice, code = dice.pick(purchases)
        if dice.chance(0.5):
            # Popular products get an even larger share of the reviews than of the sales.
            other, other_code = dice.pick(purchases)
            if popularity[other_code] > popularity[code]:
                invoice, code = other, other_code
        delay = timedelta(days=2 + dice.below(40), seconds=dice.below(86_400))
        account_id, product_id = account_ids[invoice.customer], product_ids[code]
        chosen.setdefault(
            (account_id, product_id),
            Occasion(invoice.placed_at + delay, account_id, product_id),
        )
    return sorted(chosen.values())


def list_purchases(invoices: Iterable[Invoice]) -> list[tuple[Invoice, str]]:
    """The invoice and stock code of every line bought by a known customer."""
    return [
        (invoice, line.code)
        for invoice in invoices
        if invoice.customer and not is_cancellation(invoice.number)
        for line in invoice.lines
    ]


def post_rows(chosen: Sequence[Occasion], product_names: Sequence[str]) -> Iterator[PostRow]:
    """The reviews with their text. ``product_names`` are in order of product ID."""
    dice = Dice(22_000)
    grammar = Grammar({**WORDS, **REVIEWS}, dice)
    for number, (written_at, account_id, product_id) in enumerate(chosen, start=1):
        rating = dice.pick(RATINGS)
        tone = TONES[rating]
        given = {"product": product_names[product_id - 1]}
        title = sentence(grammar.expand(f"title_{tone}", given))
        body = write_body(grammar, tone, given, dice)
        yield number, account_id, product_id, title, body, rating, written_at


def write_body(grammar: Grammar, tone: str, given: Mapping[str, str], dice: Dice) -> str:
    """Two to eight sentences: a start, up to six in the middle, and an end."""
    start, *middle, end = BODY[tone]
    sentences = [start]
    for name in middle:
        sentences += [name] * (dice.below(5) // 2)
    sentences.append(end)
    return " ".join(sentence(grammar.expand(name, given)) + "." for name in sentences)
