"""A typical day's load: one mix for the ladder, the load tests and the README."""

from collections.abc import Iterator
from random import Random

from app.lab.load.target import Request

PRODUCTS, ORDERS, POSTS = 3_600, 21_000, 22_000
"""IDs up to these exist in the seeded data."""
POPULARITY = 1.0
"""Exponent of Zipf's law: the product at rank n is requested 1/n times as often as the first."""
SHOWN = 300
"""Number of different products requested."""
WORDS = ("heart", "red", "christmas", "bag", "light", "paper", "box", "vintage", "rose", "cake")


def workload(token: str, *, products: int = SHOWN) -> tuple[Request, ...]:
    """The weighted requests of a customer who is logged in with ``token`` and views that many
    different ``products``.

    Reads far outnumber writes; a few products are very popular and many are requested rarely. The
    mix is always the same.
    """
    return (*_reads(products), *_as_customer(token))


def _reads(shown: int) -> Iterator[Request]:
    rng = Random(7)
    products = rng.sample(range(1, PRODUCTS), shown)
    total = sum(1 / rank**POPULARITY for rank in range(1, shown + 1))
    for rank, product in enumerate(products, start=1):
        yield Request(f"/api/products/{product}", weight=30 / rank**POPULARITY / total)
    yield Request("/api/products?limit=20", weight=8)
    for _ in range(20):
        yield Request(f"/api/products?limit=20&after={rng.randrange(PRODUCTS)}", weight=0.2)
    for category in range(1, 9):
        yield Request(f"/api/products?limit=20&category={category}", weight=0.5)
    for rank, word in enumerate(WORDS, start=1):
        yield Request(f"/api/products/search?q={word}", weight=2.5 / rank)
    yield Request("/api/categories", weight=5)
    yield Request("/api/orders?limit=20", weight=10)
    yield Request("/api/posts?limit=20", weight=8)
    yield Request("/api/users?limit=20", weight=2)
    for _ in range(40):
        yield Request(f"/api/orders/{rng.randrange(1, ORDERS)}", weight=0.15)
        yield Request(f"/api/posts/{rng.randrange(1, POSTS)}", weight=0.1)
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
