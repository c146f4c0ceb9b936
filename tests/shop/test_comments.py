"""Commenting on a post: one transaction, all or nothing."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from app.shop import create_app
from app.shop.database import Database
from app.shop.settings import Settings
from tests.shop.auth import bearer
from tests.shop.conftest import client_of
from tests.shop.test_errors import assert_problem
from tests.shop.writing import INVALID_BODIES, TEXTS, UNKNOWN_ID, count_rows

AUTHOR = 2
HEADERS = bearer(AUTHOR, "community:write")


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_app(settings)) as client:
        client.headers.update(HEADERS)
        yield client


@pytest.mark.parametrize("body", ["Agreed.", "x" * 10_000, *TEXTS])
async def test_a_created_comment_can_be_read(client: httpx.AsyncClient, body: str) -> None:
    response = await client.post("/api/posts/3/comments", json={"body": body})
    assert response.status_code == 201
    author = (await client.get(f"/api/users/{AUTHOR}")).json()
    comment = response.json()
    assert comment == {
        "id": comment["id"],
        "body": body,
        "author": {"id": AUTHOR, "full_name": author["full_name"]},
    }
    assert (await client.get("/api/posts/3")).json()["comments"][-1] == comment
    assert author["comments"][-1] == {"id": comment["id"], "post_id": 3, "body": body}


async def test_concurrent_comments_are_all_stored(
    client: httpx.AsyncClient, database: Database
) -> None:
    before = await count_rows(database, "comments")
    responses = await asyncio.gather(
        *(client.post("/api/posts/4/comments", json={"body": f"{number}"}) for number in range(20))
    )
    assert len({response.json()["id"] for response in responses}) == 20
    assert await count_rows(database, "comments") == before + 20


@pytest.mark.parametrize(
    ("post", "comment", "status", "location"),
    [
        (UNKNOWN_ID, {"body": "x"}, 404, None),
        (0, {"body": "x"}, 404, None),
        (2**31, {"body": "x"}, 422, "path.post_id"),
        (1, {}, 422, "body.body"),
        (1, {"body": None}, 422, "body.body"),
        (1, {"body": 7}, 422, "body.body"),
        (1, {"body": ""}, 422, "body.body"),
        (1, {"body": " \n"}, 422, "body.body"),
        (1, {"body": "x" * 10_001}, 422, "body.body"),
        (1, {"body": "a\x00b"}, 422, "body.body"),
        (1, {"body": "x", "id": 7}, 422, "body.id"),
        (1, {"body": "x", "author_id": 1}, 422, "body.author_id"),
        (1, [], 422, "body"),
    ],
)
async def test_a_rejected_comment_is_not_stored(
    client: httpx.AsyncClient,
    database: Database,
    post: int,
    comment: object,
    status: int,
    location: str | None,
) -> None:
    before = await count_rows(database, "comments")
    response = await client.post(f"/api/posts/{post}/comments", json=comment)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    if location is not None:
        assert [error["location"] for error in response.json()["errors"]] == [location]
    assert await count_rows(database, "comments") == before


INVALID_JSON = [*INVALID_BODIES, b'{"body": "\\ud800"}', b'{"body": "\xff"}', b'{"body": NaN}']


@pytest.mark.parametrize("body", INVALID_JSON)
async def test_an_invalid_body_is_rejected(shop_url: str, body: bytes) -> None:
    headers = {**HEADERS, "content-type": "application/json"}
    async with httpx.AsyncClient(base_url=shop_url) as client:
        response = await client.post("/api/posts/1/comments", content=body, headers=headers)
    assert response.status_code in (400, 422)
    assert response.json()["status"] == response.status_code


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer x"}, 401),
        (bearer(AUTHOR), 403),
        (bearer(AUTHOR, "catalog:write", "orders:write"), 403),
    ],
)
async def test_a_comment_without_the_scope_is_rejected(
    settings: Settings, database: Database, headers: dict[str, str], status: int
) -> None:
    before = await count_rows(database, "comments")
    async with client_of(create_app(settings)) as client:
        response = await client.post("/api/posts/1/comments", json={"body": "x"}, headers=headers)
    assert_problem(response, status)
    assert await count_rows(database, "comments") == before
