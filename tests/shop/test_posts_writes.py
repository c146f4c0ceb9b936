"""Posting a review: by the account of the token, all or nothing."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, insert

from app.shop import create_app
from app.shop.database import Database
from app.shop.models import Product
from app.shop.settings import Settings
from tests.shop.auth import bearer
from tests.shop.conftest import client_of
from tests.shop.test_errors import assert_problem
from tests.shop.writing import (
    INVALID_BODIES,
    TEXTS,
    UNKNOWN_ID,
    RecordingCache,
    count_rows,
    private_database,
    wait_for_locks,
    work_of,
)

AUTHOR = 2
HEADERS = bearer(AUTHOR, "community:write")


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with private_database() as url:
        yield url


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_app(settings)) as client:
        client.headers.update(HEADERS)
        yield client


def review(**fields: Any) -> dict[str, Any]:
    return {"product_id": 5, "title": "Lovely", "body": "Well made.", "rating": 4, **fields}


async def test_a_created_post_can_be_read(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/posts", json=review())
    assert response.status_code == 201
    post = response.json()
    assert response.headers["location"] == f"/api/posts/{post['id']}"
    assert (await client.get(response.headers["location"])).content == response.content
    assert (await client.get("/api/posts?limit=1")).json() == [post]
    author = (await client.get(f"/api/users/{AUTHOR}")).json()
    product = (await client.get("/api/products/5")).json()
    assert post["author"] == {"id": AUTHOR, "full_name": author["full_name"]}
    assert post["product"] == {"id": 5, "name": product["name"]}
    assert (post["title"], post["body"], post["rating"]) == ("Lovely", "Well made.", 4)
    assert post["comments"] == []
    assert author["posts"][-1] == {"id": post["id"], "title": "Lovely"}


@pytest.mark.parametrize("value", TEXTS)
async def test_sql_in_a_text_field_is_stored_as_text(client: httpx.AsyncClient, value: str) -> None:
    response = await client.post("/api/posts", json=review(title=value, body=value))
    post = (await client.get(f"/api/posts/{response.json()['id']}")).json()
    assert (post["title"], post["body"]) == (value, value)


INVALID_POSTS = [
    ({"product_id": UNKNOWN_ID}, "body.product_id"),
    ({"product_id": 2**31}, "body.product_id"),
    ({"product_id": 10**30}, "body.product_id"),
    ({"product_id": -1}, "body.product_id"),
    ({"product_id": None}, "body.product_id"),
    ({"title": ""}, "body.title"),
    ({"title": " \n"}, "body.title"),
    ({"title": "x" * 201}, "body.title"),
    ({"title": "a\x00b"}, "body.title"),
    ({"title": None}, "body.title"),
    ({"body": ""}, "body.body"),
    ({"body": "x" * 10_001}, "body.body"),
    ({"body": "a\x00b"}, "body.body"),
    ({"body": 7}, "body.body"),
    ({"rating": 0}, "body.rating"),
    ({"rating": 6}, "body.rating"),
    ({"rating": 4.5}, "body.rating"),
    ({"rating": None}, "body.rating"),
    ({"author_id": 3}, "body.author_id"),
    ({"created_at": "2011-01-01"}, "body.created_at"),
]


@pytest.mark.parametrize(("fields", "location"), INVALID_POSTS)
async def test_an_invalid_field_is_named_and_nothing_is_stored(
    client: httpx.AsyncClient, database: Database, fields: dict[str, Any], location: str
) -> None:
    before = await count_rows(database, "posts")
    response = await client.post("/api/posts", json=review(**fields))
    assert_problem(response, 422)
    assert [error["location"] for error in response.json()["errors"]] == [location]
    assert await count_rows(database, "posts") == before


@pytest.mark.parametrize("field", ["product_id", "title", "body", "rating"])
async def test_a_missing_field_is_rejected_with_422_and_named(
    client: httpx.AsyncClient, field: str
) -> None:
    new = review()
    del new[field]
    response = await client.post("/api/posts", json=new)
    assert_problem(response, 422)
    assert [error["location"] for error in response.json()["errors"]] == [f"body.{field}"]


INVALID_JSON = [
    *INVALID_BODIES,
    b'{"product_id": 1, "title": "\\ud800", "body": "x", "rating": 1}',
    b'{"product_id": 1, "title": "x", "body": "\\udfff", "rating": 1}',
    b'{"product_id": 1, "title": "x", "body": "x", "rating": NaN}',
]


@pytest.mark.parametrize("body", INVALID_JSON)
async def test_an_invalid_body_is_rejected(client: httpx.AsyncClient, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    response = await client.post("/api/posts", content=body, headers=headers)
    assert response.status_code in (400, 422)
    assert_problem(response, response.status_code)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer x"}, 401),
        (bearer(AUTHOR), 403),
        (bearer(AUTHOR, "catalog:write", "orders:write"), 403),
    ],
)
async def test_a_post_without_the_scope_is_rejected(
    settings: Settings, database: Database, headers: dict[str, str], status: int
) -> None:
    before = await count_rows(database, "posts")
    async with client_of(create_app(settings)) as client:
        for body in (review(), {}):
            response = await client.post("/api/posts", json=body, headers=headers)
            assert_problem(response, status)
    assert await count_rows(database, "posts") == before


async def test_concurrent_posts_are_all_stored(
    client: httpx.AsyncClient, database: Database
) -> None:
    before = await count_rows(database, "posts")
    responses = await asyncio.gather(
        *(client.post("/api/posts", json=review(title=f"{number}")) for number in range(20))
    )
    assert len({response.json()["id"] for response in responses}) == 20
    assert await count_rows(database, "posts") == before + 20


async def test_a_post_about_a_product_that_is_deleted_concurrently_is_rejected_with_409(
    client: httpx.AsyncClient, database: Database
) -> None:
    """The statement still sees the product, and the foreign-key check waits for the deletion."""
    values = {"sku": "GOES", "name": "x", "price": Decimal(1), "category_id": 1}
    async with database.writing() as session:
        number = await session.scalar(insert(Product).values(values).returning(Product.id))
    before = await count_rows(database, "posts")
    async with database.engine.connect() as other:
        await other.execute(delete(Product).where(Product.id == number))
        posting = asyncio.create_task(client.post("/api/posts", json=review(product_id=number)))
        await wait_for_locks(database, 1)
        await other.commit()
    assert_problem(await posting, 409)
    assert await count_rows(database, "posts") == before


async def test_posts_and_comments_by_an_unknown_account_are_rejected_with_409(
    client: httpx.AsyncClient, database: Database
) -> None:
    before = await count_rows(database, "posts"), await count_rows(database, "comments")
    headers = bearer(UNKNOWN_ID, "community:write")
    assert_problem(await client.post("/api/posts", json=review(), headers=headers), 409)
    comment = await client.post("/api/posts/1/comments", json={"body": "x"}, headers=headers)
    assert_problem(comment, 409)
    assert (await count_rows(database, "posts"), await count_rows(database, "comments")) == before


async def test_posts_and_comments_drop_their_tags_from_the_cache_after_the_commit(
    settings: Settings, database: Database
) -> None:
    cache = RecordingCache(database, "SELECT max(id) FROM posts")
    async with client_of(create_app(settings, cache=cache)) as client:
        client.headers.update(HEADERS)
        assert (await client.post("/api/posts", json=review(product_id=UNKNOWN_ID))).is_error
        assert (await client.post(f"/api/posts/{UNKNOWN_ID}/comments", json={"body": "x"})).is_error
        assert cache.dropped == set()
        number = (await client.post("/api/posts", json=review())).json()["id"]
        assert cache.dropped == {"posts", "users", f"post:{number}"}
        assert cache.seen == [number]
        cache.dropped.clear()
        assert (await client.post("/api/posts/7/comments", json={"body": "x"})).is_success
    assert cache.dropped == {"posts", "users", "post:7"}


async def test_a_post_takes_two_statements_and_a_comment_one(settings: Settings) -> None:
    async def post(client: httpx.AsyncClient) -> None:
        assert (await client.post("/api/posts", json=review(), headers=HEADERS)).is_success

    async def comment(client: httpx.AsyncClient) -> None:
        path = "/api/posts/1/comments"
        assert (await client.post(path, json={"body": "x"}, headers=HEADERS)).is_success

    posted, commented = [await work_of(create_app(settings), one) for one in (post, comment)]
    assert (posted.statements, posted.round_trips) == (2, 4)
    assert (commented.statements, commented.round_trips) == (1, 3)


def test_openapi_documents_every_response_to_a_post_or_comment() -> None:
    document = create_app(Settings()).openapi()
    post = document["paths"]["/api/posts"]["post"]
    comment = document["paths"]["/api/posts/{post_id}/comments"]["post"]
    assert "Location" in post["responses"]["201"]["headers"]
    for operation in (post, comment):
        assert operation["responses"].keys() >= {"201", "401", "403", "409", "422"}
        assert "200" not in operation["responses"]
        assert operation["security"]
    schemas = document["components"]["schemas"]
    assert schemas["NewPost"]["examples"]
    assert schemas["NewComment"]["examples"]
    assert "author_id" not in schemas["NewComment"]["properties"]
