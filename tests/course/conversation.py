"""All that is asked of the shop by a visitor, customers and who keeps the catalog, in one go.

On a fresh database every shop is to give the same answers, so ids are known beforehand.
"""

import json
from dataclasses import dataclass
from typing import Any

import httpx

from app.lab.services.seed.accounts import TEST_EMAIL
from app.lab.serving.log_in import PASSWORD
from tests.shop.auth import bearer

PRODUCTS = 3_808
"""As many there are, and this is the last one's id."""
PRODUCT = 17
"""It is renamed and gets another price."""
CATEGORY = 13
"""Its category."""
ICELANDER = 439
"""An account whose country has few orders, so that the report on it takes no time."""
REPORT = "/api/reports/sales?country=Iceland"
EXPORT = "/api/export/order-lines?country=Iceland"
TAKEN = "85123A"
"""A sku."""
NOBODY = 2147483647

READS = (
    f"/api/products/{PRODUCT}",
    "/api/products",
    "/api/products?limit=7&after=100",
    "/api/products?limit=5&category=3",
    "/api/products?limit=5&category=99",
    f"/api/products?limit=3&after={PRODUCTS - 3}",
    f"/api/products?after={NOBODY}",
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
    f"/api/users?after={NOBODY}",
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
    f"/api/products/{NOBODY + 1}": "path.product_id",
    f"/api/categories/{NOBODY + 1}/products": "path.category_id",
    "/api/orders?limit=2001": "query.limit",
    "/api/orders?before=0": "query.before",
    f"/api/orders/{NOBODY + 1}": "path.order_id",
    "/api/posts?limit=x": "query.limit",
    f"/api/posts/{NOBODY + 1}": "path.post_id",
    "/api/users?after=-1": "query.after",
    f"/api/users/{NOBODY + 1}": "path.user_id",
    "/api/reports/sales?country=": "query.country",
    "/api/export/order-lines?format=xml": "query.format",
}
"""What cannot be asked, and where the problem is."""

PERSONAL = ("GET /api/me", "GET /api/dashboard", "POST /api/orders")
"""What only a known customer may do."""

GOOD = {"name": "A thing", "price": "1.25", "category_id": 1}
BAD_BULKS: dict[str, tuple[list[dict[str, Any]], int, str]] = {
    "twice": ([{"sku": sku, **GOOD} for sku in ("x", "y", "x")], 422, "body.2.sku"),
    "taken": ([{"sku": sku, **GOOD} for sku in ("x", TAKEN)], 409, "body.1.sku"),
    "category": ([{"sku": "x", **GOOD, "category_id": 99}], 422, "body.0.category_id"),
    "price": ([{"sku": "x", **GOOD, "price": "-1"}], 422, "body.0.price"),
    "none": ([], 422, "body"),
}
"""What cannot be added at once, with the status and where the problem is."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Of the headers, those that do not depend on the time or on the size."""

    status: int
    headers: dict[str, str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


HEADERS = ("content-type", "cache-control", "location", "allow", "www-authenticate", "vary")


def answer_of(response: httpx.Response) -> Answer:
    headers = {name: response.headers[name] for name in HEADERS if name in response.headers}
    return Answer(response.status_code, headers, response.text)


class Conversation:
    """What was said, by the names under which it is looked up later."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self.said: dict[str, Answer] = {}

    def hold(self) -> dict[str, Answer]:
        """Say everything. The client must not send a token of its own accord."""
        self._read()
        self._fail()
        self._ask_again()
        self._export()
        self._keep_the_catalog()
        self._order()
        self._review()
        self._rename_what_is_shown()
        self._add_at_once()
        return self.said

    def _ask(
        self, name: str, method: str = "GET", path: str | None = None, **options: Any
    ) -> httpx.Response:
        response = self._client.request(method, path or name, **options)
        assert name not in self.said
        self.said[name] = answer_of(response)
        return response

    def _read(self) -> None:
        for path in READS:
            first = self._ask(path, headers=bearer())
            again = self._client.get(path, headers=bearer())  # perhaps from a cache
            assert (again.status_code, again.content) == (first.status_code, first.content)
        for path in (f"/api/products/{PRODUCT}", "/api/orders/1000"):
            self._ask(f"HEAD {path}", "HEAD", path)

    def _fail(self) -> None:
        for path in (*MISSING, *INVALID):
            self._ask(path)
        for method, path in (
            ("GET", "/api/me"),
            ("GET", "/api/dashboard"),
            ("POST", "/api/orders"),
        ):
            self._ask(f"{method} {path} without a token", method, path)
            forged = {"Authorization": "Bearer no.token.atall"}
            self._ask(f"{method} {path} with no token", method, path, headers=forged)
            self._ask(f"{method} {path} as nobody", method, path, headers=bearer(NOBODY))
        for method, path in (("PUT", "/api/products/1"), ("POST", "/api/orders/1")):
            self._ask(f"{method} {path}", method, path)
        login = {"email": TEST_EMAIL, "password": PASSWORD + "!"}
        self._ask("a wrong password", "POST", "/api/auth/login", json=login)

    def _ask_again(self) -> None:
        """For what the client has already."""
        for path in (f"/api/products/{PRODUCT}", "/api/orders/1000", "/api/users/41"):
            tag = self._client.get(path).headers["etag"]
            self._ask(f"{path} unchanged", path=path, headers={"If-None-Match": tag})

    def _export(self) -> None:
        for form in ("jsonl", "json", "csv"):
            self._ask(f"export {form}", path=f"{EXPORT}&format={form}")
        self._ask("export nothing", path="/api/export/order-lines?country=Nowhere&format=json")

    def _keep_the_catalog(self) -> None:
        keeper = bearer(1, "catalog:write")
        product = f"/api/products/{PRODUCT}"
        change = {"name": "Box of Zyxomma Blocks", "price": "12.50"}
        self._ask("change as a customer", "PATCH", product, json=change, headers=bearer())
        self._ask("change a product", "PATCH", product, json=change, headers=keeper)
        self._ask("changed product", path=product)
        self._ask("changed page", path=f"/api/products?limit=1&after={PRODUCT - 1}")
        self._ask("changed category", path=f"/api/categories/{CATEGORY}/products?limit=100")
        self._ask("changed match", path="/api/products/search?q=zyxo")
        self._ask("change nothing there", "PATCH", "/api/products/0", json={}, headers=keeper)

        new = {"sku": "CONVERSATION", **GOOD}
        self._ask("search for a new product", path="/api/products/search?q=thing")
        created = self._ask("create a product", "POST", "/api/products", json=new, headers=keeper)
        where = created.headers["location"]
        self._ask("created product", path=where)
        self._ask("match of the created product", path="/api/products/search?q=thing")
        self._ask("create it again", "POST", "/api/products", json=new, headers=keeper)
        self._ask("delete the product", "DELETE", where, headers=keeper)
        self._ask("deleted product", path=where)
        self._ask("delete an ordered product", "DELETE", product, headers=keeper)

    def _order(self) -> None:
        buyer = bearer(ICELANDER, "orders:write")
        lines = [{"product_id": PRODUCT, "quantity": 2}, {"product_id": 1, "quantity": 3}]
        self._ask("order", "POST", "/api/orders", json={"lines": lines}, headers=buyer)
        self._ask("placed order", path=self.said["order"].headers["location"])
        self._ask("newest orders", path="/api/orders?limit=2")
        self._ask("buyer's dashboard", path="/api/dashboard", headers=buyer)
        self._ask("report with the order", path=REPORT)
        lines[1]["product_id"] = NOBODY
        self._ask("order of nothing", "POST", "/api/orders", json={"lines": lines}, headers=buyer)
        self._ask("empty order", "POST", "/api/orders", json={"lines": []}, headers=buyer)

    def _review(self) -> None:
        author = bearer(ICELANDER, "community:write")
        post = {"product_id": PRODUCT, "title": "Lovely", "body": " In the window. ", "rating": 5}
        self._ask("review", "POST", "/api/posts", json=post, headers=author)
        where = self.said["review"].headers["location"]
        reply = {"body": "Thank you, that helped me."}
        other = bearer(1, "community:write")
        self._ask("comment", "POST", f"{where}/comments", json=reply, headers=other)
        self._ask("written review", path=where)
        self._ask("newest posts", path="/api/posts?limit=2")
        self._ask("author", path=f"/api/users/{ICELANDER}")
        self._ask("authors", path=f"/api/users?limit=1&after={ICELANDER - 1}")
        self._ask("author's dashboard", path="/api/dashboard", headers=author)
        self._ask("bad rating", "POST", "/api/posts", json=post | {"rating": 6}, headers=author)
        unknown = post | {"product_id": NOBODY}
        self._ask("review of nothing", "POST", "/api/posts", json=unknown, headers=author)
        self._ask("comment on nothing", "POST", "/api/posts/0/comments", json=reply, headers=author)

    def _rename_what_is_shown(self) -> None:
        keeper = bearer(1, "catalog:write")
        change = {"name": "Box of Quokka Blocks", "sku": "QUOKKA"}
        self._ask("rename", "PATCH", f"/api/products/{PRODUCT}", json=change, headers=keeper)
        order, review = (self.said[name].headers["location"] for name in ("order", "review"))
        for path in (order, review, "/api/orders?limit=2", "/api/posts?limit=2"):
            self._ask(f"{path} renamed", path=path)

    def _add_at_once(self) -> None:
        keeper = bearer(1, "catalog:write")
        many = [{"sku": f"BULK-{number}", **GOOD} for number in range(30)]
        bulk = "/api/products/bulk"
        self._ask("bulk without a token", "POST", bulk, json=many)
        self._ask("bulk as a customer", "POST", bulk, json=many, headers=bearer())
        added = self._ask("bulk", "POST", bulk, json=many, headers=keeper).json()
        self._ask("page of the bulk", path=f"/api/products?after={added['ids'][0] - 1}&limit=40")
        self._ask("one of the bulk", path=f"/api/products/{added['ids'][7]}")
        for name, (products, _, _) in BAD_BULKS.items():
            self._ask(f"bad bulk: {name}", "POST", bulk, json=products, headers=keeper)
        self._ask("after bad bulks", path=f"/api/products?after={added['ids'][-1]}")
        self._ask("bulk of no text", "POST", bulk, content=b"\xff[", headers=keeper)
