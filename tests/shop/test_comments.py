"""Commenting on a post: one transaction, all or nothing."""

import asyncio

import httpx
import pytest
from sqlalchemy import func, select

from app.shop.database import Database
from app.shop.models import Comment

NOBODY = 2147483647


async def count_comments(database: Database) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(Comment)) or 0


@pytest.mark.parametrize("body", ["Agreed.", 'ü "quoted" 🎁\n\\', "x" * 10_000])
async def test_a_comment_is_there_afterwards(client: httpx.AsyncClient, body: str) -> None:
    answer = await client.post("/api/posts/3/comments", json={"author_id": 2, "body": body})
    assert answer.status_code == 201
    author = (await client.get("/api/users/2")).json()
    comment = answer.json()
    assert comment == {
        "id": comment["id"],
        "body": body,
        "author": {"id": 2, "full_name": author["full_name"]},
    }
    assert (await client.get("/api/posts/3")).json()["comments"][-1] == comment
    assert author["comments"][-1] == {"id": comment["id"], "post_id": 3, "body": body}


async def test_comments_at_once_are_all_kept(client: httpx.AsyncClient, database: Database) -> None:
    before = await count_comments(database)
    answers = await asyncio.gather(
        *(
            client.post("/api/posts/4/comments", json={"author_id": 2, "body": f"{number}"})
            for number in range(20)
        )
    )
    assert len({answer.json()["id"] for answer in answers}) == 20
    assert await count_comments(database) == before + 20


@pytest.mark.parametrize(
    ("post", "comment", "status", "location"),
    [
        (NOBODY, {"author_id": 1, "body": "x"}, 404, None),
        (1, {"author_id": NOBODY, "body": "x"}, 422, "body.author_id"),
        (1, {"author_id": 2**31, "body": "x"}, 422, "body.author_id"),
        (1, {"author_id": 10**30, "body": "x"}, 422, "body.author_id"),
        (1, {"author_id": -1, "body": "x"}, 422, "body.author_id"),
        (1, {"author_id": None, "body": "x"}, 422, "body.author_id"),
        (1, {"body": "x"}, 422, "body.author_id"),
        (1, {"author_id": 1, "body": ""}, 422, "body.body"),
        (1, {"author_id": 1, "body": " \n"}, 422, "body.body"),
        (1, {"author_id": 1, "body": "x" * 10_001}, 422, "body.body"),
        (1, {"author_id": 1, "body": "a\x00b"}, 422, "body.body"),
        (1, {"author_id": 1, "body": "x", "id": 7}, 422, "body.id"),
        (1, [], 422, "body"),
    ],
)
async def test_a_refused_comment_leaves_nothing(
    client: httpx.AsyncClient,
    database: Database,
    post: int,
    comment: object,
    status: int,
    location: str | None,
) -> None:
    before = await count_comments(database)
    answer = await client.post(f"/api/posts/{post}/comments", json=comment)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    if location is not None:
        assert [error["location"] for error in answer.json()["errors"]] == [location]
    assert await count_comments(database) == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"\xff\xfe",
        b'{"author_id": 1, "body": "\\ud800"}',
        b'{"author_id": 1, "body": "\xff"}',
        b'{"author_id": NaN, "body": "x"}',
        b'{"author_id": ' + b"9" * 5000 + b', "body": "x"}',
        b"[" * 100_000,
    ],
)
async def test_a_body_that_is_no_comment_is_refused(shop_url: str, body: bytes) -> None:
    async with httpx.AsyncClient(base_url=shop_url) as client:
        answer = await client.post(
            "/api/posts/1/comments", content=body, headers={"content-type": "application/json"}
        )
    assert answer.status_code in (400, 422)
    assert answer.json()["status"] == answer.status_code
