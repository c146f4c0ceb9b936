"""One request of every kind that the shop supports."""

from collections.abc import AsyncIterator

import httpx

from app.lab.serving.log_in import log_in
from app.shop.export.forms import FORMS
from benchmarks.shop.exports import export_request
from benchmarks.shop.products import products

_LISTS = ("products", "categories", "categories/1/products", "users", "posts", "orders")
_SINGLES = ("products/1", "users/1", "posts/1", "orders/1", "me", "dashboard", "reports/sales")
_READS = (*_LISTS, *_SINGLES, "products/search?q=heart")

_COMMENT = {"body": "Arrived in two days, well packed. Thank you!"}
_POST = {"product_id": 1, "title": "Lovely in the window", **_COMMENT, "rating": 5}
_ORDER = {"lines": [{"product_id": 1, "quantity": 6}, {"product_id": 2, "quantity": 1}]}


async def request_one_of_each(url: str, country: str | None) -> list[tuple[str, str]]:
    """Log in with the test account, read everything, write one thing of each kind, and export the
    order lines of one country, or all. Returns the methods and paths of all requests.

    Raises ``httpx.HTTPStatusError`` if a response is not a success.
    """
    token = await log_in(url)
    requested = [("POST", "/api/auth/login")]
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60, verify=False) as client:
        async for response in _responses(client, country):
            response.raise_for_status()
            requested.append((response.request.method, response.request.url.path))
    return requested


async def add_products(url: str, count: int) -> None:
    """Add ``count`` products in one request."""
    headers = {"authorization": f"Bearer {await log_in(url)}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60, verify=False) as client:
        (await client.post("/api/products/bulk", json=products(count, "MANY"))).raise_for_status()


async def _responses(
    client: httpx.AsyncClient, country: str | None
) -> AsyncIterator[httpx.Response]:
    exports = (export_request(form, country).path for form in FORMS)
    for path in ("/healthz", "/readyz", *(f"/api/{path}" for path in _READS), *exports):
        yield await client.get(path)
    *rest, first = products(3)
    created = await client.post("/api/products", json=first)
    yield created
    location = created.headers.get("location", "/api/products/0")
    yield await client.patch(location, json={"price": "2.95"})
    yield await client.delete(location)
    yield await client.post("/api/products/bulk", json=rest)
    yield await client.patch("/api/products/prices", json=[{"id": 1, "price": "2.95"}])
    yield await client.post("/api/posts", json=_POST)
    yield await client.post("/api/posts/1/comments", json=_COMMENT)
    yield await client.post("/api/orders", json=_ORDER)
