"""The load of an ordinary day: one mix for the ladder, the load tests and the README."""

from collections.abc import Iterator
from random import Random

from app.lab.load.target import Request

PRODUCTS, ORDERS, POSTS = 3_600, 21_000, 22_000
"""Ids up to these are in the seeded data."""
POPULARITY = 1.0
"""Exponent of Zipf's law: the product in place n is asked for 1/n times as often as the first."""
SHOWN = 300
"""Different products that are looked at."""
WORDS = ("heart", "red", "christmas", "bag", "light", "paper", "box", "vintage", "rose", "cake")


def workload(token: str, *, products: int = SHOWN) -> tuple[Request, ...]:
    """The requests with their weights, for a customer who is logged in with ``token``, who looks at
    so many different ``products``.

    Reads by far outweigh writes, a few products are asked for again and again and many now and
    then. The same every time.
    """
    return (*_reads(products), *_as_customer(token))


def _reads(shown: int) -> Iterator[Request]:
    dice = Random(7)
    products = dice.sample(range(1, PRODUCTS), shown)
    total = sum(1 / place**POPULARITY for place in range(1, shown + 1))
    for place, product in enumerate(products, start=1):
        yield Request(f"/api/products/{product}", weight=30 / place**POPULARITY / total)
    yield Request("/api/products?limit=20", weight=8)
    for _ in range(20):
        yield Request(f"/api/products?limit=20&after={dice.randrange(PRODUCTS)}", weight=0.2)
    for category in range(1, 9):
        yield Request(f"/api/products?limit=20&category={category}", weight=0.5)
    for place, word in enumerate(WORDS, start=1):
        yield Request(f"/api/products/search?q={word}", weight=2.5 / place)
    yield Request("/api/categories", weight=5)
    yield Request("/api/orders?limit=20", weight=10)
    yield Request("/api/posts?limit=20", weight=8)
    yield Request("/api/users?limit=20", weight=2)
    for _ in range(40):
        yield Request(f"/api/orders/{dice.randrange(1, ORDERS)}", weight=0.15)
        yield Request(f"/api/posts/{dice.randrange(1, POSTS)}", weight=0.1)
    yield Request("/api/reports/sales", weight=1)
    yield Request("/api/export/order-lines?country=Iceland", weight=0.1)


def _as_customer(token: str) -> Iterator[Request]:
    def with_token(request: Request) -> Request:
        headers = (*request.headers, ("authorization", f"Bearer {token}"))
        return Request(
            request.path, request.method, headers, request.body, request.weight, request.statuses
        )

    yield with_token(Request("/api/me", weight=1))
    yield with_token(Request("/api/dashboard", weight=5))
    for post in range(1, 11):
        comment = {"body": "Arrived in two days, well packed. Thank you!"}
        yield with_token(Request.with_json(f"/api/posts/{post}/comments", comment, weight=0.1))
    for product in range(1, 11):
        order = {"lines": [{"product_id": product, "quantity": 2}]}
        yield with_token(Request.with_json("/api/orders", order, weight=0.1))
        price = {"price": f"{product}.50"}
        yield with_token(
            Request.with_json(f"/api/products/{product}", price, method="PATCH", weight=0.05)
        )
