"""One suite for the first draft, every rung and the finished shop: all return the same."""

import csv
import io
import json
import re
from typing import Any

import httpx
import pytest

from app.lab.serving.server import Server
from tests.course.conversation import (
    CATEGORY,
    ICELANDER,
    INVALID,
    INVALID_BULKS,
    INVALID_PRICES,
    MISSING,
    PERSONAL,
    PRODUCT,
    PRODUCTS,
    READS,
    REPORT,
    UNKNOWN_ID,
    Conversation,
    Response,
)
from tests.course.rungs import FINISHED, SHOPS, leased, shop

pytestmark = pytest.mark.slow

Responses = dict[str, Response]

_NOW = re.compile(r'"20[2-9]\d-\d\d(-\d\dT[\d:.]+Z)?"')
"""A time at which this test ran; the times in the data are in 2012 at the latest."""


def hold_conversation(after: str) -> Responses:
    with (
        leased() as settings,
        Server(shop(after, settings)) as server,
        httpx.Client(base_url=server.url, timeout=30, verify=False) as client,
    ):
        return Conversation(client).hold()


@pytest.fixture(scope="module")
def finished() -> Responses:
    return hold_conversation(FINISHED)


@pytest.fixture(scope="module", params=SHOPS)
def responses(request: pytest.FixtureRequest, finished: Responses) -> Responses:
    """The responses of one of the shops."""
    return finished if request.param == FINISHED else hold_conversation(request.param)


def comparable(response: Response) -> tuple[int, dict[str, str], Any]:
    """The response without times of the test. The order of the fields is compared."""
    text = _NOW.sub('"now"', response.text)
    if "json" in response.headers.get("content-type", "") and "jsonl" not in str(response.headers):
        return response.status, response.headers, json.loads(text or "null", object_pairs_hook=list)
    return response.status, response.headers, sorted(text.splitlines())


def test_every_response_equals_that_of_the_finished_shop(
    responses: Responses, finished: Responses
) -> None:
    assert list(responses) == list(finished)
    for name, response in responses.items():
        assert comparable(response) == comparable(finished[name]), name


def test_existing_resources_are_returned(responses: Responses) -> None:
    for path in READS:
        assert responses[path].status == 200, path
        assert responses[path].headers["content-type"] == "application/json"
    assert responses[f"/api/products/{PRODUCT}"].json() == {
        "id": 17,
        "sku": "22622",
        "name": "Box of Vintage Alphabet Blocks",
        "description": "In the shop since December 2010, most often bought 2 at a time.",
        "price": "11.95",
        "category_id": 13,
    }
    me = responses["/api/me"].json()
    assert (me["id"], me["full_name"]) == (1, "Robin Test")
    assert me["scopes"] == ["catalog:write", "community:write", "orders:write"]
    assert responses["/api/dashboard"].json()["account"] == me


def test_pages_contain_the_requested_items(responses: Responses) -> None:
    page = responses["/api/products?limit=7&after=100"].json()
    assert [product["id"] for product in page["items"]] == list(range(101, 108))
    assert page["next"] == 107
    last = responses[f"/api/products?limit=3&after={PRODUCTS - 3}"].json()
    assert (last["items"][-1]["id"], last["next"]) == (PRODUCTS, None)
    filtered = responses["/api/products?limit=5&category=3"].json()["items"]
    assert [product["category_id"] for product in filtered] == [3] * 5
    nothing: dict[str, Any] = {"items": [], "next": None}
    assert responses["/api/products?limit=5&category=99"].json() == nothing
    assert responses[f"/api/products?after={UNKNOWN_ID}"].json() == nothing
    for kind in ("orders", "posts"):
        ids = [item["id"] for item in responses[f"/api/{kind}?limit=7&before=1500"].json()]
        assert ids == sorted(ids, reverse=True)
        assert len(ids) == 7
        assert ids[0] < 1500
        assert len(responses[f"/api/{kind}?limit=20"].json()) == 20
        assert responses[f"/api/{kind}?before=1"].json() == []
    users = responses["/api/users?limit=20&after=40"].json()
    assert [user["id"] for user in users] == list(range(41, 61))
    assert users[0] == responses["/api/users/41"].json()
    assert responses[f"/api/users?after={UNKNOWN_ID}"].json() == []


def test_related_resources_are_included(responses: Responses) -> None:
    for order in (*responses["/api/orders?limit=20"].json(), responses["/api/orders/1000"].json()):
        ids = [line["id"] for line in order["lines"]]
        assert ids == sorted(ids)
        assert all(line["product"]["name"] for line in order["lines"])
    posts = [*responses["/api/posts?limit=20"].json(), responses["/api/posts/77"].json()]
    assert all(post["author"]["full_name"] and post["product"]["name"] for post in posts)
    comments = [comment for post in posts for comment in post["comments"]]
    assert all(comment["author"]["full_name"] for comment in comments)
    assert len(comments) > 20
    users = responses["/api/users?limit=20&after=40"].json()
    assert sum(len(user["posts"]) for user in users) > 20
    assert sum(len(user["comments"]) for user in users) > 20


def test_search_matches_prefixes_of_words(responses: Responses) -> None:
    for product in responses["/api/products/search?q=heart%20red&limit=9"].json():
        text = f"{product['name']} {product['description']}".lower()
        assert "heart" in text
        assert "red" in text
    found = responses["/api/products/search?q=vint"].json()
    assert len(found) == 20
    assert all("vint" in product["name"].lower() for product in found)
    assert responses["/api/products/search?q=!%27%26%5C"].json() == []


@pytest.mark.parametrize("path", MISSING)
def test_a_missing_resource_is_404(responses: Responses, path: str) -> None:
    assert responses[path].status == 404
    assert responses[path].headers["content-type"] == "application/problem+json"
    assert responses[path].json()["title"] == "Not Found"


@pytest.mark.parametrize("path", INVALID)
def test_an_invalid_request_is_422(responses: Responses, path: str) -> None:
    assert responses[path].status == 422
    assert responses[path].headers["content-type"] == "application/problem+json"
    assert [error["location"] for error in responses[path].json()["errors"]] == [INVALID[path]]


@pytest.mark.parametrize("endpoint", PERSONAL)
def test_a_request_without_a_valid_account_is_rejected(responses: Responses, endpoint: str) -> None:
    for token in ("without a token", "with a malformed token"):
        response = responses[f"{endpoint} {token}"]
        assert response.status == 401
        assert response.headers["www-authenticate"].startswith("Bearer")
    unknown = responses[f"{endpoint} as an unknown account"]
    assert unknown.status == (403 if endpoint.startswith("POST") else 401)


def test_a_wrong_method_is_405_and_a_wrong_password_is_401(responses: Responses) -> None:
    assert responses["PUT /api/products/1"].status == 405
    allowed = responses["PUT /api/products/1"].headers["allow"].split(", ")
    assert {"GET", "PATCH", "DELETE"} <= set(allowed)
    assert responses["POST /api/orders/1"].status == 405
    assert responses["a wrong password"].status == 401


def test_an_unchanged_resource_is_304(responses: Responses) -> None:
    for path in (f"/api/products/{PRODUCT}", "/api/orders/1000", "/api/users/41"):
        response = responses[f"{path} unchanged"]
        assert (response.status, response.text) == (304, "")


def test_a_changed_product_is_visible_everywhere(responses: Responses) -> None:
    assert responses["change as a customer"].status == 403
    assert responses["change a product"].status == 200
    changed = responses["change a product"].json()
    old = responses[f"/api/products/{PRODUCT}"].json()
    assert changed == old | {"name": "Box of Zyxomma Blocks", "price": "12.50"}
    assert responses["changed product"].json() == changed
    assert responses["changed page"].json() == {"items": [changed], "next": PRODUCT}
    assert changed in responses["changed category"].json()["items"]
    assert changed["category_id"] == CATEGORY
    assert responses["changed match"].json() == [changed]
    assert responses["change an unknown product"].status == 404


def test_a_product_can_be_created_and_deleted(responses: Responses) -> None:
    created = responses["create a product"]
    assert created.status == 201
    assert responses["created product"].json() == created.json()
    assert created.json() not in responses["search for a new product"].json()
    assert created.json() in responses["match of the created product"].json()
    assert responses["create a duplicate"].status == 409
    assert responses["delete the product"].status == 204
    assert responses["deleted product"].status == 404
    assert responses["delete an ordered product"].status == 409


def test_an_order_is_visible_everywhere(responses: Responses) -> None:
    assert responses["order"].status == 201
    order = responses["order"].json()
    assert order["country"] == "Iceland"
    prices = {line["product"]["id"]: line["unit_price"] for line in order["lines"]}
    assert prices == {PRODUCT: "12.50", 1: "2.95"}
    assert order["lines"][0]["product"]["name"] == "Box of Zyxomma Blocks"
    assert responses["placed order"].json() == order
    assert responses["newest orders"].json()[0] == order
    recent = responses["buyer's dashboard"].json()["recent_orders"][0]
    assert (recent["id"], recent["lines"], recent["total"]) == (order["id"], 2, "33.85")
    before, after = (
        sum(month["lines"] for month in responses[name].json())
        for name in (REPORT, "report with the order")
    )
    assert after - before == 2
    assert responses["order of an unknown product"].status == responses["empty order"].status == 422
    wrong = responses["order of an unknown product"].json()["errors"][0]["location"]
    assert wrong == "body.lines.1.product_id"


def test_a_review_is_visible_everywhere(responses: Responses) -> None:
    assert responses["review"].status == responses["comment"].status == 201
    comment = responses["comment"].json()
    assert comment["author"] == {"id": 1, "full_name": "Robin Test"}
    post = responses["written review"].json()
    assert post == responses["review"].json() | {"comments": [comment]}
    assert (post["body"], post["author"]["id"]) == ("In the window.", ICELANDER)
    assert responses["newest posts"].json()[0] == post
    author = responses["author"].json()
    assert author["posts"][-1] == {"id": post["id"], "title": "Lovely"}
    assert responses["authors"].json() == [author]
    notified = responses["author's dashboard"].json()["notifications"][0]
    assert notified["id"] == comment["id"]
    assert notified["post"] == {"id": post["id"], "title": "Lovely"}
    assert (
        responses["invalid rating"].status
        == responses["review of an unknown product"].status
        == 422
    )
    assert responses["comment on an unknown post"].status == 404


def test_products_can_be_inserted_in_bulk(responses: Responses) -> None:
    assert responses["bulk without a token"].status == 401
    assert responses["bulk as a customer"].status == 403
    assert responses["bulk"].status == 201
    added = responses["bulk"].json()
    assert added["count"] == len(set(added["ids"])) == 30
    page = responses["page of the bulk"].json()
    assert [product["id"] for product in page["items"]] == added["ids"]
    assert [product["sku"] for product in page["items"]] == [f"BULK-{n}" for n in range(30)]
    assert responses["one of the bulk"].json() == page["items"][7]


@pytest.mark.parametrize("name", INVALID_BULKS)
def test_an_invalid_bulk_insert_stores_nothing(responses: Responses, name: str) -> None:
    response = responses[f"invalid bulk: {name}"]
    _, status, location = INVALID_BULKS[name]
    assert response.status == status
    problem = response.json()
    found = problem["errors"][0]["location"] if status == 422 else problem["detail"].split(":")[0]
    assert found == location
    assert responses["after invalid bulks"].json()["items"] == []
    assert responses["malformed bulk"].status == 422


def test_prices_can_be_changed_in_bulk(responses: Responses) -> None:
    assert responses["prices without a token"].status == 401
    assert responses["prices as a customer"].status == 403
    assert responses["change prices"].status == 200
    assert responses["change prices"].json() == {"count": 3}
    before = responses["product before its price changes"].json()
    assert responses["product after invalid prices"].json() == before
    changed = responses["product after its price has changed"].json()
    assert changed == before | {"price": f"{PRODUCT}.50"}
    assert responses["page with the changed price"].json()["items"] == [changed]


@pytest.mark.parametrize("name", INVALID_PRICES)
def test_invalid_price_changes_are_rejected(responses: Responses, name: str) -> None:
    response = responses[f"invalid prices: {name}"]
    _, locations = INVALID_PRICES[name]
    assert response.status == 422
    assert [error["location"] for error in response.json()["errors"]] == locations


def test_all_formats_of_the_export_contain_the_same_lines(responses: Responses) -> None:
    lines = [json.loads(line) for line in responses["export jsonl"].text.splitlines()]
    assert len(lines) > 150
    assert {line["country"] for line in lines} == {"Iceland"}
    array = responses["export json"].json()
    rows = list(csv.DictReader(io.StringIO(responses["export csv"].text)))
    as_text = [{name: str(value) for name, value in line.items()} for line in lines]
    for others in (array, lines):
        assert by_fields(others) == by_fields(lines)
    assert by_fields(rows) == by_fields(as_text)
    types = [
        responses[f"export {form}"].headers["content-type"] for form in ("jsonl", "json", "csv")
    ]
    assert [kind.partition(";")[0] for kind in types] == [
        "application/jsonl",
        "application/json",
        "text/csv",
    ]
    assert responses["empty export"].json() == []


def by_fields(lines: list[dict[str, Any]]) -> list[list[tuple[str, Any]]]:
    return sorted(list(line.items()) for line in lines)
