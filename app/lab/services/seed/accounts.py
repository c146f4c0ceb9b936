"""Accounts for the data set's customers. It has only their numbers, so names are made up."""

import unicodedata
from collections import Counter
from datetime import datetime
from typing import NamedTuple

from app.lab.services.seed.dice import Dice
from app.lab.services.seed.people import FIRST_NAMES, LAST_NAMES
from app.lab.services.seed.rules import country_name

AccountRow = tuple[int, str, str, str, str, list[str], datetime]

TEST_EMAIL = "test@example.com"
TEST_NAME = "Robin Test"
TEST_SCOPES = ("catalog:write",)
# Argon2id of "testpass123". A constant, because a salted hash would differ on every machine.
TEST_PASSWORD_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$wcDunGJ2M768jkA58HHhFg"
    "$x89he1fgqpnRd2dOeZZmQdB/0tunarNS7cIGYyutBuY"
)
UNUSABLE_PASSWORD = "!"  # not a valid hash, so no password matches


class Customer(NamedTuple):
    """A customer number in the data set, with its first appearance."""

    number: str
    country: str
    first_seen: datetime


def account_rows(customers: list[Customer]) -> list[AccountRow]:
    """One account per customer, in order of the first invoice. The first is the test account."""
    dice = Dice(4372)
    taken: Counter[str] = Counter()
    rows: list[AccountRow] = []
    for number, customer in enumerate(customers, start=1):
        first, last = dice.pick(FIRST_NAMES), dice.pick(LAST_NAMES)
        name, email = f"{first} {last}", email_address(first, last, taken, dice)
        password, scopes = UNUSABLE_PASSWORD, list[str]()
        if number == 1:
            name, email = TEST_NAME, TEST_EMAIL
            password, scopes = TEST_PASSWORD_HASH, list(TEST_SCOPES)
        country = country_name(customer.country)
        rows.append((number, email, name, country, password, scopes, customer.first_seen))
    return rows


def email_address(first: str, last: str, taken: Counter[str], dice: Dice) -> str:
    """An address in a domain reserved for examples; namesakes are numbered."""
    local = f"{plain(first)}.{plain(last)}"
    taken[local] += 1
    suffix = str(taken[local]) if taken[local] > 1 else ""
    return f"{local}{suffix}@example.{dice.pick(('com', 'org'))}"


def plain(name: str) -> str:
    """Only lower-case ASCII letters: ``Zoë`` becomes ``zoe``."""
    decomposed = unicodedata.normalize("NFKD", name.lower())
    return "".join(letter for letter in decomposed if letter.isascii() and letter.isalpha())
