from collections import Counter

from pwdlib import PasswordHash

from app.lab.services.seed.accounts import UNUSABLE_PASSWORD, plain
from app.lab.services.seed.tables import Tables


def test_there_is_an_account_for_each_customer(tables: Tables) -> None:
    assert len(tables.accounts) == 4_372
    assert len({row[1] for row in tables.accounts}) == 4_372


def test_addresses_are_in_domains_reserved_for_examples(tables: Tables) -> None:
    assert {row[1].split("@")[1] for row in tables.accounts} == {"example.com", "example.org"}
    assert all(row[1].isascii() for row in tables.accounts)


def test_the_test_account_can_sign_in_and_edit_the_catalog(tables: Tables) -> None:
    first = tables.accounts[0]
    assert first[:2] == (1, "test@example.com")
    assert PasswordHash.recommended().verify("testpass123", first[4])
    assert first[5] == ["catalog:write"]


def test_the_test_account_has_orders_reviews_and_comments(tables: Tables) -> None:
    assert sum(row[2] == 1 for row in tables.orders) >= 20
    assert sum(row[1] == 1 for row in tables.posts) >= 5
    assert sum(row[2] == 1 for row in tables.comments) >= 20


def test_no_other_account_can_sign_in(tables: Tables) -> None:
    others = Counter((row[4], tuple(row[5])) for row in tables.accounts[1:])
    assert others == {(UNUSABLE_PASSWORD, ()): 4_371}


def test_addresses_have_no_accents() -> None:
    assert plain("Zoë") == "zoe"
    assert plain("O'Brien") == "obrien"
