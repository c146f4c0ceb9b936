"""Rows with edge cases, added to the seeded ones and newer than all of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from app.shop.models import Account, Category, Comment, Order, OrderLine, Post, Product

T = TypeVar("T")

TEXTS = (
    "plain",
    'a "quoted" word',
    "an apostrophe's",
    "back\\slash \\u0041 \\n",
    "line\nbreak\ttab\r\x01\x1f",
    "héllo wörld, ß ñ",
    "日本語 العربية",
    "🎁 👩‍👩‍👧 \U0001d11e",
    "</script>&amp;<b>",
    "\u2028\u2029\x7f",
    " ",
    "",
)
PRICES = tuple(Decimal(p) for p in ("0.00", "0.01", "2.50", "10.00", "38970.00", "99999999.99"))
MOMENTS = tuple(
    datetime(2010, 12, 1, 8, 26, tzinfo=UTC) + step
    for step in (
        timedelta(0),
        timedelta(microseconds=1),
        timedelta(milliseconds=120),
        timedelta(seconds=59, microseconds=999_999),
        timedelta(days=210),  # daylight saving time, if the time zone of the server has it
    )
)
ROUNDS = 120


def pick(values: Sequence[T], number: int) -> T:
    return values[number % len(values)]


def make_people(count: int) -> list[Account]:
    return [
        Account(
            email=f"rows-{number}@example.net",
            full_name=f"{pick(TEXTS, number)} {number}",
            country=pick(TEXTS, number + 1),
            password_hash="secret-hash",
        )
        for number in range(count)
    ]


def make_products(count: int) -> list[Product]:
    category = Category(name='Rows "of" tests')
    return [
        Product(
            sku=f"ROWS-{number}",
            name=f"Zyxomma {pick(TEXTS, number)}",
            description=pick(TEXTS, number + 5),
            price=pick(PRICES, number),
            category=category,
        )
        for number in range(count)
    ]


def make_order(number: int, people: list[Account], products: list[Product]) -> Order:
    """Every third order is that of a guest, and every fourth one has no lines."""
    return Order(
        number=f"ROWS-{number}",
        account=None if number % 3 == 0 else pick(people, number),
        country=pick(TEXTS, number),
        status=pick(("completed", "cancelled"), number),
        placed_at=pick(MOMENTS, number),
        lines=[
            OrderLine(
                product=pick(products, number + line),
                quantity=line - 1,
                unit_price=pick(PRICES, number + line),
            )
            for line in range(number % 4)
        ],
    )


def make_post(number: int, people: list[Account], products: list[Product]) -> Post:
    """Every third post has no comments."""
    return Post(
        author=pick(people[10:], number),
        product=pick(products, number),
        title=pick(TEXTS, number),
        body=pick(TEXTS, number + 3),
        rating=1 + number % 5,
        created_at=pick(MOMENTS, number),
        comments=[
            Comment(author=pick(people[10:], number + reply), body=pick(TEXTS, number + reply))
            for reply in range(number % 3)
        ],
    )


async def add_rows(database_url: str) -> None:
    """Add the rows. Their products, orders and posts have the highest ids of all.

    The first ten people have neither posts nor comments.
    """
    engine = create_async_engine(database_url)
    async with AsyncSession(engine) as session, session.begin():
        people, products = make_people(40), make_products(25)
        session.add_all([*people, *products])
        for number in range(ROUNDS):
            session.add(make_order(number, people, products))
            session.add(make_post(number, people, products))
    await engine.dispose()
