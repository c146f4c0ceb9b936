"""One request of every kind that the shop answers."""

from collections.abc import AsyncIterator

import httpx

from app.lab.serving.log_in import log_in
from app.shop.export.forms import FORMS
from benchmarks.shop.exports import export_request
from benchmarks.shop.products import products

_LISTS = ("products", "categories", "categories/1/products", "users", "posts", "orders")
_ONES = ("products/1", "users/1", "posts/1", "orders/1", "me", "dashboard", "reports/sales")
_READS = (*_LISTS, *_ONES, "products/search?q=heart")

_COMMENT = {"body": "Arrived in two days, well packed. Thank you!"}
_POST = {"product_id": 1, "title": "Lovely in the window", **_COMMENT, "rating": 5}
_ORDER = {"lines": [{"product_id": 1, "quantity": 6}, {"product_id": 2, "quantity": 1}]}


async def ask_one_of_each(url: str, country: str | None) -> list[tuple[str, str]]:
    """Log in as the test account, read everything, write one of each thing, export the order lines
    of a country, or all. Returns the methods and paths of all requests.

    Raises ``httpx.HTTPStatusError`` where an answer is not a success.
    """
    token = await log_in(url)
    asked = [("POST", "/api/auth/login")]
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60, verify=False) as client:
        async for answer in _answers(client, country):
            answer.raise_for_status()
            asked.append((answer.request.method, answer.request.url.path))
    return asked


async def add_products(url: str, count: int) -> None:
    """So many in one request."""
    headers = {"authorization": f"Bearer {await log_in(url)}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60, verify=False) as client:
        (await client.post("/api/products/bulk", json=products(count, "MANY"))).raise_for_status()


async def _answers(client: httpx.AsyncClient, country: str | None) -> AsyncIterator[httpx.Response]:
    exports = (export_request(form, country).path for form in FORMS)
    for path in ("/healthz", "/readyz", *(f"/api/{path}" for path in _READS), *exports):
        yield await client.get(path)
    *some, one = products(3)
    added = await client.post("/api/products", json=one)
    yield added
    where = added.headers.get("location", "/api/products/0")
    yield await client.patch(where, json={"price": "2.95"})
    yield await client.delete(where)
    yield await client.post("/api/products/bulk", json=some)
    yield await client.post("/api/posts", json=_POST)
    yield await client.post("/api/posts/1/comments", json=_COMMENT)
    yield await client.post("/api/orders", json=_ORDER)
