"""A fixed sequence of requests of a visitor, of customers and of a catalog manager.

On a fresh database every shop must give the same responses, so that ids are known in advance.
"""

import json
from dataclasses import dataclass
from typing import Any

import httpx

from app.lab.services.seed.accounts import TEST_EMAIL
from app.lab.serving.log_in import PASSWORD
from tests.shop.auth import bearer

PRODUCTS = 3_808
"""The number of products, which is also the id of the last one."""
PRODUCT = 17
"""The product whose name and price are changed."""
CATEGORY = 13
"""The category of ``PRODUCT``."""
ICELANDER = 439
"""An account whose country has few orders, so that its report is fast."""
REPORT = "/api/reports/sales?country=Iceland"
EXPORT = "/api/export/order-lines?country=Iceland"
EXISTING_SKU = "85123A"
UNKNOWN_ID = 2147483647

READS = (
    f"/api/products/{PRODUCT}",
    "/api/products",
    "/api/products?limit=7&after=100",
    "/api/products?limit=5&category=3",
    "/api/products?limit=5&category=99",
    f"/api/products?limit=3&after={PRODUCTS - 3}",
    f"/api/products?after={UNKNOWN_ID}",
    "/api/products/search?q=heart%20red&limit=9",
    "/api/products/search?q=vint",
    "/api/products/search?q=!%27%26%5C",
    "/api/categories",
    "/api/categories/2/products?limit=3",
    "/api/categories/2/products?limit=3&after=100",
    "/api/orders?limit=20",
    "/api/orders?limit=7&before=1500",
    "/api/orders?before=1",
    "/api/orders/1000",
    "/api/posts?limit=20",
    "/api/posts?limit=7&before=1500",
    "/api/posts?before=1",
    "/api/posts/77",
    "/api/users?limit=20&after=40",
    f"/api/users?after={UNKNOWN_ID}",
    "/api/users/41",
    "/api/me",
    "/api/dashboard",
    "/api/reports/sales",
    REPORT,
    "/api/reports/sales?country=Nowhere",
)
MISSING = (
    "/api/products/0",
    "/api/categories/99/products",
    "/api/orders/0",
    "/api/posts/0",
    "/api/users/0",
    "/api/nothing",
)
INVALID = {
    "/api/products?limit=0": "query.limit",
    "/api/products?category=many": "query.category",
    "/api/products/search?q=": "query.q",
    "/api/products/search": "query.q",
    f"/api/products/{UNKNOWN_ID + 1}": "path.product_id",
    f"/api/categories/{UNKNOWN_ID + 1}/products": "path.category_id",
    "/api/orders?limit=2001": "query.limit",
    "/api/orders?before=0": "query.before",
    f"/api/orders/{UNKNOWN_ID + 1}": "path.order_id",
    "/api/posts?limit=x": "query.limit",
    f"/api/posts/{UNKNOWN_ID + 1}": "path.post_id",
    "/api/users?after=-1": "query.after",
    f"/api/users/{UNKNOWN_ID + 1}": "path.user_id",
    "/api/reports/sales?country=": "query.country",
    "/api/export/order-lines?format=xml": "query.format",
}
"""Invalid requests, with the location of the error."""

PERSONAL = ("GET /api/me", "GET /api/dashboard", "POST /api/orders")
"""Requests that require a token of an existing account."""

VALID_PRODUCT = {"name": "A thing", "price": "1.25", "category_id": 1}
INVALID_BULKS: dict[str, tuple[list[dict[str, Any]], int, str]] = {
    "duplicate": ([{"sku": sku, **VALID_PRODUCT} for sku in ("x", "y", "x")], 422, "body.2.sku"),
    "existing sku": (
        [{"sku": sku, **VALID_PRODUCT} for sku in ("x", EXISTING_SKU)],
        409,
        "body.1.sku",
    ),
    "unknown category": (
        [{"sku": "x", **VALID_PRODUCT, "category_id": 99}],
        422,
        "body.0.category_id",
    ),
    "negative price": ([{"sku": "x", **VALID_PRODUCT, "price": "-1"}], 422, "body.0.price"),
    "empty": ([], 422, "body"),
}
"""Invalid bodies of a bulk insert, with the status and the location of the error."""
INVALID_PRICES: dict[str, tuple[list[dict[str, Any]], list[str]]] = {
    "unknown products": (
        [{"id": number, "price": "1.00"} for number in (PRODUCT, 0, 3, UNKNOWN_ID)],
        ["body.1.id", "body.3.id"],
    ),
    "named twice": (
        [{"id": number, "price": "1.00"} for number in (PRODUCT, 0, 3, PRODUCT)],
        ["body.3.id"],
    ),
    "negative price": ([{"id": PRODUCT, "price": "-1"}], ["body.0.price"]),
    "empty": ([], ["body"]),
}
"""Invalid price changes, with the locations of the errors."""


@dataclass(frozen=True, slots=True)
class Response:
    """A response, with those headers that depend neither on the time nor on the size."""

    status: int
    headers: dict[str, str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


HEADERS = ("content-type", "cache-control", "location", "allow", "www-authenticate", "vary")


def response_of(response: httpx.Response) -> Response:
    headers = {name: response.headers[name] for name in HEADERS if name in response.headers}
    return Response(response.status_code, headers, response.text)


class Conversation:
    """The sequence of requests, with the responses by name."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self.responses: dict[str, Response] = {}

    def hold(self) -> dict[str, Response]:
        """Send every request. The client must not add a token of its own."""
        self._read()
        self._send_invalid_requests()
        self._revalidate()
        self._export()
        self._manage_the_catalog()
        self._order()
        self._review()
        self._rename_a_product()
        self._insert_in_bulk()
        self._change_prices()
        return self.responses

    def _send(
        self, name: str, method: str = "GET", path: str | None = None, **options: Any
    ) -> httpx.Response:
        response = self._client.request(method, path or name, **options)
        assert name not in self.responses
        self.responses[name] = response_of(response)
        return response

    def _read(self) -> None:
        for path in READS:
            first = self._send(path, headers=bearer())
            again = self._client.get(path, headers=bearer())  # perhaps from a cache
            assert (again.status_code, again.content) == (first.status_code, first.content)
        for path in (f"/api/products/{PRODUCT}", "/api/orders/1000"):
            self._send(f"HEAD {path}", "HEAD", path)

    def _send_invalid_requests(self) -> None:
        for path in (*MISSING, *INVALID):
            self._send(path)
        for method, path in (
            ("GET", "/api/me"),
            ("GET", "/api/dashboard"),
            ("POST", "/api/orders"),
        ):
            self._send(f"{method} {path} without a token", method, path)
            forged = {"Authorization": "Bearer no.token.atall"}
            self._send(f"{method} {path} with a malformed token", method, path, headers=forged)
            self._send(
                f"{method} {path} as an unknown account", method, path, headers=bearer(UNKNOWN_ID)
            )
        for method, path in (("PUT", "/api/products/1"), ("POST", "/api/orders/1")):
            self._send(f"{method} {path}", method, path)
        login = {"email": TEST_EMAIL, "password": PASSWORD + "!"}
        self._send("a wrong password", "POST", "/api/auth/login", json=login)

    def _revalidate(self) -> None:
        """Send conditional requests for responses that the client already has."""
        for path in (f"/api/products/{PRODUCT}", "/api/orders/1000", "/api/users/41"):
            tag = self._client.get(path).headers["etag"]
            self._send(f"{path} unchanged", path=path, headers={"If-None-Match": tag})

    def _export(self) -> None:
        for form in ("jsonl", "json", "csv"):
            self._send(f"export {form}", path=f"{EXPORT}&format={form}")
        self._send("empty export", path="/api/export/order-lines?country=Nowhere&format=json")

    def _manage_the_catalog(self) -> None:
        manager = bearer(1, "catalog:write")
        product = f"/api/products/{PRODUCT}"
        change = {"name": "Box of Zyxomma Blocks", "price": "12.50"}
        self._send("change as a customer", "PATCH", product, json=change, headers=bearer())
        self._send("change a product", "PATCH", product, json=change, headers=manager)
        self._send("changed product", path=product)
        self._send("changed page", path=f"/api/products?limit=1&after={PRODUCT - 1}")
        self._send("changed category", path=f"/api/categories/{CATEGORY}/products?limit=100")
        self._send("changed match", path="/api/products/search?q=zyxo")
        self._send(
            "change an unknown product", "PATCH", "/api/products/0", json={}, headers=manager
        )

        new = {"sku": "CONVERSATION", **VALID_PRODUCT}
        self._send("search for a new product", path="/api/products/search?q=thing")
        created = self._send("create a product", "POST", "/api/products", json=new, headers=manager)
        where = created.headers["location"]
        self._send("created product", path=where)
        self._send("match of the created product", path="/api/products/search?q=thing")
        self._send("create a duplicate", "POST", "/api/products", json=new, headers=manager)
        self._send("delete the product", "DELETE", where, headers=manager)
        self._send("deleted product", path=where)
        self._send("delete an ordered product", "DELETE", product, headers=manager)

    def _order(self) -> None:
        buyer = bearer(ICELANDER, "orders:write")
        lines = [{"product_id": PRODUCT, "quantity": 2}, {"product_id": 1, "quantity": 3}]
        self._send("order", "POST", "/api/orders", json={"lines": lines}, headers=buyer)
        self._send("placed order", path=self.responses["order"].headers["location"])
        self._send("newest orders", path="/api/orders?limit=2")
        self._send("buyer's dashboard", path="/api/dashboard", headers=buyer)
        self._send("report with the order", path=REPORT)
        lines[1]["product_id"] = UNKNOWN_ID
        self._send(
            "order of an unknown product",
            "POST",
            "/api/orders",
            json={"lines": lines},
            headers=buyer,
        )
        self._send("empty order", "POST", "/api/orders", json={"lines": []}, headers=buyer)

    def _review(self) -> None:
        author = bearer(ICELANDER, "community:write")
        post = {"product_id": PRODUCT, "title": "Lovely", "body": " In the window. ", "rating": 5}
        self._send("review", "POST", "/api/posts", json=post, headers=author)
        where = self.responses["review"].headers["location"]
        reply = {"body": "Thank you, that helped me."}
        other = bearer(1, "community:write")
        self._send("comment", "POST", f"{where}/comments", json=reply, headers=other)
        self._send("written review", path=where)
        self._send("newest posts", path="/api/posts?limit=2")
        self._send("author", path=f"/api/users/{ICELANDER}")
        self._send("authors", path=f"/api/users?limit=1&after={ICELANDER - 1}")
        self._send("author's dashboard", path="/api/dashboard", headers=author)
        self._send(
            "invalid rating", "POST", "/api/posts", json=post | {"rating": 6}, headers=author
        )
        unknown = post | {"product_id": UNKNOWN_ID}
        self._send(
            "review of an unknown product", "POST", "/api/posts", json=unknown, headers=author
        )
        self._send(
            "comment on an unknown post",
            "POST",
            "/api/posts/0/comments",
            json=reply,
            headers=author,
        )

    def _rename_a_product(self) -> None:
        manager = bearer(1, "catalog:write")
        change = {"name": "Box of Quokka Blocks", "sku": "QUOKKA"}
        self._send("rename", "PATCH", f"/api/products/{PRODUCT}", json=change, headers=manager)
        order, review = (self.responses[name].headers["location"] for name in ("order", "review"))
        for path in (order, review, "/api/orders?limit=2", "/api/posts?limit=2"):
            self._send(f"{path} renamed", path=path)

    def _insert_in_bulk(self) -> None:
        manager = bearer(1, "catalog:write")
        many = [{"sku": f"BULK-{number}", **VALID_PRODUCT} for number in range(30)]
        bulk = "/api/products/bulk"
        self._send("bulk without a token", "POST", bulk, json=many)
        self._send("bulk as a customer", "POST", bulk, json=many, headers=bearer())
        added = self._send("bulk", "POST", bulk, json=many, headers=manager).json()
        self._send("page of the bulk", path=f"/api/products?after={added['ids'][0] - 1}&limit=40")
        self._send("one of the bulk", path=f"/api/products/{added['ids'][7]}")
        for name, (products, _, _) in INVALID_BULKS.items():
            self._send(f"invalid bulk: {name}", "POST", bulk, json=products, headers=manager)
        self._send("after invalid bulks", path=f"/api/products?after={added['ids'][-1]}")
        self._send("malformed bulk", "POST", bulk, content=b"\xff[", headers=manager)

    def _change_prices(self) -> None:
        manager = bearer(1, "catalog:write")
        prices, one = "/api/products/prices", f"/api/products/{PRODUCT}"
        changes = [{"id": number, "price": f"{number}.50"} for number in (PRODUCT, 3, 900)]
        self._send("prices without a token", "PATCH", prices, json=changes)
        self._send("prices as a customer", "PATCH", prices, json=changes, headers=bearer())
        self._send("product before its price changes", path=one)
        for name, (invalid, _) in INVALID_PRICES.items():
            self._send(f"invalid prices: {name}", "PATCH", prices, json=invalid, headers=manager)
        self._send("product after invalid prices", path=one)
        self._send("change prices", "PATCH", prices, json=changes, headers=manager)
        self._send("product after its price has changed", path=one)
        self._send("page with the changed price", path=f"/api/products?limit=1&after={PRODUCT - 1}")
