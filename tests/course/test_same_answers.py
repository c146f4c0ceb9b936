"""One suite for the first draft, every rung and the finished shop: the same answers everywhere."""

import csv
import io
import json
import re
from typing import Any

import httpx
import pytest

from app.lab.serving.server import Server
from tests.course.conversation import (
    BAD_BULKS,
    CATEGORY,
    ICELANDER,
    INVALID,
    MISSING,
    NOBODY,
    PERSONAL,
    PRODUCT,
    PRODUCTS,
    READS,
    REPORT,
    Answer,
    Conversation,
)
from tests.course.rungs import FINISHED, SHOPS, leased, shop

pytestmark = pytest.mark.slow

Said = dict[str, Answer]

_SINCE = re.compile(r'"20[2-9]\d-\d\d(-\d\dT[\d:.]+Z)?"')
"""A time of this test; those of the data are of 2012 at the latest."""


def hold_conversation(after: str) -> Said:
    with (
        leased() as settings,
        Server(shop(after, settings)) as server,
        httpx.Client(base_url=server.url, timeout=30, verify=False) as client,
    ):
        return Conversation(client).hold()


@pytest.fixture(scope="module")
def finished() -> Said:
    return hold_conversation(FINISHED)


@pytest.fixture(scope="module", params=SHOPS)
def said(request: pytest.FixtureRequest, finished: Said) -> Said:
    """What was said to one of the shops."""
    return finished if request.param == FINISHED else hold_conversation(request.param)


def comparable(answer: Answer) -> tuple[int, dict[str, str], Any]:
    """Without the time of the test; the order of the fields counts."""
    text = _SINCE.sub('"now"', answer.text)
    if "json" in answer.headers.get("content-type", "") and "jsonl" not in str(answer.headers):
        return answer.status, answer.headers, json.loads(text or "null", object_pairs_hook=list)
    return answer.status, answer.headers, sorted(text.splitlines())


def test_every_answer_is_that_of_the_finished_shop(said: Said, finished: Said) -> None:
    assert list(said) == list(finished)
    for name, answer in said.items():
        assert comparable(answer) == comparable(finished[name]), name


def test_what_is_there_is_shown(said: Said) -> None:
    for path in READS:
        assert said[path].status == 200, path
        assert said[path].headers["content-type"] == "application/json"
    assert said[f"/api/products/{PRODUCT}"].json() == {
        "id": 17,
        "sku": "22622",
        "name": "Box of Vintage Alphabet Blocks",
        "description": "In the shop since December 2010, most often bought 2 at a time.",
        "price": "11.95",
        "category_id": 13,
    }
    me = said["/api/me"].json()
    assert (me["id"], me["full_name"]) == (1, "Robin Test")
    assert me["scopes"] == ["catalog:write", "community:write", "orders:write"]
    assert said["/api/dashboard"].json()["account"] == me


def test_pages_hold_what_was_asked_for(said: Said) -> None:
    page = said["/api/products?limit=7&after=100"].json()
    assert [product["id"] for product in page["items"]] == list(range(101, 108))
    assert page["next"] == 107
    last = said[f"/api/products?limit=3&after={PRODUCTS - 3}"].json()
    assert (last["items"][-1]["id"], last["next"]) == (PRODUCTS, None)
    filtered = said["/api/products?limit=5&category=3"].json()["items"]
    assert [product["category_id"] for product in filtered] == [3] * 5
    nothing: dict[str, Any] = {"items": [], "next": None}
    assert said["/api/products?limit=5&category=99"].json() == nothing
    assert said[f"/api/products?after={NOBODY}"].json() == nothing
    for kind in ("orders", "posts"):
        ids = [item["id"] for item in said[f"/api/{kind}?limit=7&before=1500"].json()]
        assert ids == sorted(ids, reverse=True)
        assert len(ids) == 7
        assert ids[0] < 1500
        assert len(said[f"/api/{kind}?limit=20"].json()) == 20
        assert said[f"/api/{kind}?before=1"].json() == []
    users = said["/api/users?limit=20&after=40"].json()
    assert [user["id"] for user in users] == list(range(41, 61))
    assert users[0] == said["/api/users/41"].json()
    assert said[f"/api/users?after={NOBODY}"].json() == []


def test_what_belongs_together_comes_together(said: Said) -> None:
    for order in (*said["/api/orders?limit=20"].json(), said["/api/orders/1000"].json()):
        ids = [line["id"] for line in order["lines"]]
        assert ids == sorted(ids)
        assert all(line["product"]["name"] for line in order["lines"])
    posts = [*said["/api/posts?limit=20"].json(), said["/api/posts/77"].json()]
    assert all(post["author"]["full_name"] and post["product"]["name"] for post in posts)
    comments = [comment for post in posts for comment in post["comments"]]
    assert all(comment["author"]["full_name"] for comment in comments)
    assert len(comments) > 20
    users = said["/api/users?limit=20&after=40"].json()
    assert sum(len(user["posts"]) for user in users) > 20
    assert sum(len(user["comments"]) for user in users) > 20


def test_search_finds_words_by_how_they_begin(said: Said) -> None:
    for product in said["/api/products/search?q=heart%20red&limit=9"].json():
        text = f"{product['name']} {product['description']}".lower()
        assert "heart" in text
        assert "red" in text
    found = said["/api/products/search?q=vint"].json()
    assert len(found) == 20
    assert all("vint" in product["name"].lower() for product in found)
    assert said["/api/products/search?q=!%27%26%5C"].json() == []


@pytest.mark.parametrize("path", MISSING)
def test_what_is_not_there_is_a_404(said: Said, path: str) -> None:
    assert said[path].status == 404
    assert said[path].headers["content-type"] == "application/problem+json"
    assert said[path].json()["title"] == "Not Found"


@pytest.mark.parametrize("path", INVALID)
def test_what_cannot_be_asked_is_a_422(said: Said, path: str) -> None:
    assert said[path].status == 422
    assert said[path].headers["content-type"] == "application/problem+json"
    assert [error["location"] for error in said[path].json()["errors"]] == [INVALID[path]]


@pytest.mark.parametrize("what", PERSONAL)
def test_who_is_not_known_is_refused(said: Said, what: str) -> None:
    for how in ("without a token", "with no token"):
        answer = said[f"{what} {how}"]
        assert answer.status == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
    nobody = said[f"{what} as nobody"]
    assert nobody.status == (403 if what.startswith("POST") else 401)


def test_other_refusals(said: Said) -> None:
    assert said["PUT /api/products/1"].status == 405
    allowed = said["PUT /api/products/1"].headers["allow"].split(", ")
    assert {"GET", "PATCH", "DELETE"} <= set(allowed)
    assert said["POST /api/orders/1"].status == 405
    assert said["a wrong password"].status == 401


def test_what_the_client_has_is_not_sent_again(said: Said) -> None:
    for path in (f"/api/products/{PRODUCT}", "/api/orders/1000", "/api/users/41"):
        answer = said[f"{path} unchanged"]
        assert (answer.status, answer.text) == (304, "")


def test_a_changed_product_is_shown_everywhere(said: Said) -> None:
    assert said["change as a customer"].status == 403
    assert said["change a product"].status == 200
    changed = said["change a product"].json()
    old = said[f"/api/products/{PRODUCT}"].json()
    assert changed == old | {"name": "Box of Zyxomma Blocks", "price": "12.50"}
    assert said["changed product"].json() == changed
    assert said["changed page"].json() == {"items": [changed], "next": PRODUCT}
    assert changed in said["changed category"].json()["items"]
    assert changed["category_id"] == CATEGORY
    assert said["changed match"].json() == [changed]
    assert said["change nothing there"].status == 404


def test_a_product_comes_and_goes(said: Said) -> None:
    created = said["create a product"]
    assert created.status == 201
    assert said["created product"].json() == created.json()
    assert created.json() not in said["search for a new product"].json()
    assert created.json() in said["match of the created product"].json()
    assert said["create it again"].status == 409
    assert said["delete the product"].status == 204
    assert said["deleted product"].status == 404
    assert said["delete an ordered product"].status == 409


def test_an_order_is_shown_everywhere(said: Said) -> None:
    assert said["order"].status == 201
    order = said["order"].json()
    assert order["country"] == "Iceland"
    prices = {line["product"]["id"]: line["unit_price"] for line in order["lines"]}
    assert prices == {PRODUCT: "12.50", 1: "2.95"}
    assert order["lines"][0]["product"]["name"] == "Box of Zyxomma Blocks"
    assert said["placed order"].json() == order
    assert said["newest orders"].json()[0] == order
    recent = said["buyer's dashboard"].json()["recent_orders"][0]
    assert (recent["id"], recent["lines"], recent["total"]) == (order["id"], 2, "33.85")
    before, after = (
        sum(month["lines"] for month in said[name].json())
        for name in (REPORT, "report with the order")
    )
    assert after - before == 2
    assert said["order of nothing"].status == said["empty order"].status == 422
    wrong = said["order of nothing"].json()["errors"][0]["location"]
    assert wrong == "body.lines.1.product_id"


def test_a_review_is_shown_everywhere(said: Said) -> None:
    assert said["review"].status == said["comment"].status == 201
    comment = said["comment"].json()
    assert comment["author"] == {"id": 1, "full_name": "Robin Test"}
    post = said["written review"].json()
    assert post == said["review"].json() | {"comments": [comment]}
    assert (post["body"], post["author"]["id"]) == ("In the window.", ICELANDER)
    assert said["newest posts"].json()[0] == post
    author = said["author"].json()
    assert author["posts"][-1] == {"id": post["id"], "title": "Lovely"}
    assert said["authors"].json() == [author]
    notified = said["author's dashboard"].json()["notifications"][0]
    assert notified["id"] == comment["id"]
    assert notified["post"] == {"id": post["id"], "title": "Lovely"}
    assert said["bad rating"].status == said["review of nothing"].status == 422
    assert said["comment on nothing"].status == 404


def test_many_products_are_added_at_once(said: Said) -> None:
    assert said["bulk without a token"].status == 401
    assert said["bulk as a customer"].status == 403
    assert said["bulk"].status == 201
    added = said["bulk"].json()
    assert added["count"] == len(set(added["ids"])) == 30
    page = said["page of the bulk"].json()
    assert [product["id"] for product in page["items"]] == added["ids"]
    assert [product["sku"] for product in page["items"]] == [f"BULK-{n}" for n in range(30)]
    assert said["one of the bulk"].json() == page["items"][7]


@pytest.mark.parametrize("name", BAD_BULKS)
def test_all_of_them_or_none(said: Said, name: str) -> None:
    answer = said[f"bad bulk: {name}"]
    _, status, where = BAD_BULKS[name]
    assert answer.status == status
    problem = answer.json()
    located = problem["errors"][0]["location"] if status == 422 else problem["detail"].split(":")[0]
    assert located == where
    assert said["after bad bulks"].json()["items"] == []
    assert said["bulk of no text"].status == 422


def test_every_form_of_the_export_tells_the_same(said: Said) -> None:
    lines = [json.loads(line) for line in said["export jsonl"].text.splitlines()]
    assert len(lines) > 150
    assert {line["country"] for line in lines} == {"Iceland"}
    array = said["export json"].json()
    rows = list(csv.DictReader(io.StringIO(said["export csv"].text)))
    as_text = [{name: str(value) for name, value in line.items()} for line in lines]
    for others in (array, lines):
        assert by_fields(others) == by_fields(lines)
    assert by_fields(rows) == by_fields(as_text)
    types = [said[f"export {form}"].headers["content-type"] for form in ("jsonl", "json", "csv")]
    assert [kind.partition(";")[0] for kind in types] == [
        "application/jsonl",
        "application/json",
        "text/csv",
    ]
    assert said["export nothing"].json() == []


def by_fields(lines: list[dict[str, Any]]) -> list[list[tuple[str, Any]]]:
    return sorted(list(line.items()) for line in lines)
