import gzip
import re
from collections import Counter

import pytest

from app.lab.services.seed.phrases import COMMENTS, REVIEWS
from app.lab.services.seed.tables import Tables
from app.lab.services.seed.words import WORDS


def ratio(texts: list[str]) -> float:
    data = "\n".join(texts).encode()
    return len(data) / len(gzip.compress(data, compresslevel=6))


def test_there_are_enough_reviews_and_comments(tables: Tables) -> None:
    assert len(tables.posts) >= 20_000
    assert len(tables.comments) >= 60_000


@pytest.mark.parametrize("first", [0, 5_000, 10_000, 20_000])
def test_reviews_compress_like_real_text(tables: Tables, first: int) -> None:
    bodies = [row[4] for row in tables.posts[first : first + 100]]
    assert 2.5 < ratio(bodies) < 4


def test_comments_compress_like_real_text(tables: Tables) -> None:
    assert 2.5 < ratio([row[3] for row in tables.comments[:300]]) < 4


def test_every_placeholder_in_a_phrase_has_words() -> None:
    for kind in (REVIEWS, COMMENTS):
        placeholders = set(re.findall(r"\{(\w+)\}", "\n".join(kind.values())))
        assert placeholders <= {*WORDS, "product"}
        assert not set(kind) & set(WORDS)


def test_texts_are_whole_sentences(tables: Tables) -> None:
    for text in [row[4] for row in tables.posts] + [row[3] for row in tables.comments]:
        assert not set("{}|\n") & set(text)
        assert "  " not in text
        assert text[0].isupper() or text[0].isdigit()
        assert text[-1] in ".?"


def test_the_tone_fits_the_rating(tables: Tables) -> None:
    ratings = Counter(row[5] for row in tables.posts)
    assert set(ratings) == {1, 2, 3, 4, 5}
    assert ratings[5] > ratings[3] > ratings[2]
    happy = {row[5] for row in tables.posts if "Very happy with it." in row[4]}
    angry = {row[5] for row in tables.posts if "It is in the bin now." in row[4]}
    assert happy == {4, 5}
    assert angry == {1, 2}


def test_a_customer_reviews_only_purchases_and_each_once(tables: Tables) -> None:
    bought = {
        (account, tables.product_ids[line.code])
        for invoice in tables.invoices
        if (account := tables.account_ids.get(invoice.customer)) and invoice.number[0] != "C"
        for line in invoice.lines
    }
    written = [(row[1], row[2]) for row in tables.posts]
    assert set(written) <= bought
    assert len(set(written)) == len(written)


def test_popularity_is_skewed(tables: Tables) -> None:
    reviews = Counter(row[2] for row in tables.posts)
    assert max(reviews.values()) > 100
    assert len(reviews) < len(tables.products)
    comments = Counter(row[1] for row in tables.comments)
    without_comments = 1 - len(comments) / len(tables.posts)
    assert 0.05 < without_comments < 0.5
    assert max(comments.values()) == 30


def test_a_comment_is_newer_than_its_review_and_its_author(tables: Tables) -> None:
    written = {row[0]: row[-1] for row in tables.posts}
    created = {row[0]: row[-1] for row in tables.accounts}
    for _, post_id, account_id, _, time in tables.comments:
        assert written[post_id] < time
        assert created[account_id] < time
