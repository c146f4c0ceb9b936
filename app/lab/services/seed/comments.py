"""Comments on reviews: none on a quarter of them, up to thirty on a few."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from app.lab.services.seed.dice import Dice
from app.lab.services.seed.grammar import Grammar, sentence
from app.lab.services.seed.orders import Invoice
from app.lab.services.seed.phrases import COMMENTS
from app.lab.services.seed.reviews import Occasion
from app.lab.services.seed.words import WORDS

CommentRow = tuple[int, int, int, str, datetime]

# Kinds of comment by place in the thread: an answer should not come before a question.
FIRST = ("agree", "agree", "differ", "ask", "aside")
LATER = ("agree", "differ", "ask", "answer", "answer", "aside")


class Remark(NamedTuple):
    """A comment without its text."""

    written_at: datetime
    post_id: int
    account_id: int
    place: int


def comment_count(dice: Dice) -> int:
    if dice.chance(0.25):
        return 0
    share = dice.random()
    share *= share
    share *= share
    return 1 + int(30 * share * share)


def remarks(
    posts: Sequence[Occasion], invoices: Sequence[Invoice], account_ids: Mapping[str, int]
) -> list[Remark]:
    """All comments in chronological order. Frequent customers comment more often."""
    dice = Dice(60_000)
    ordered = [
        (invoice.placed_at, account_ids[invoice.customer])
        for invoice in invoices
        if invoice.customer
    ]
    found: list[Remark] = []
    for post_id, post in enumerate(posts, start=1):
        # Only customers who had ordered by then.
        known = bisect_left(ordered, (post.written_at, 0))
        delays = [
            60 + int(2_000_000 * dice.random() * dice.random()) for _ in range(comment_count(dice))
        ]
        for place, delay in enumerate(sorted(delays)):
            account_id = ordered[dice.below(known)][1]
            if place and dice.chance(0.2):
                account_id = post.account_id
            written_at = post.written_at + timedelta(seconds=delay)
            found.append(Remark(written_at, post_id, account_id, place))
    return sorted(found)


def comment_rows(found: Sequence[Remark]) -> Iterator[CommentRow]:
    dice = Dice(65_000)
    grammar = Grammar({**WORDS, **COMMENTS}, dice)
    for number, (written_at, post_id, account_id, place) in enumerate(found, start=1):
        sentences = [grammar.expand(dice.pick(LATER if place else FIRST), {})]
        if dice.chance(0.3):
            sentences.append(grammar.expand("aside", {}))
        body = " ".join(sentence(text) + ("" if text[-1] == "?" else ".") for text in sentences)
        yield number, post_id, account_id, body, written_at
