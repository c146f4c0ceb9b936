"""Product search by words and by prefixes of words."""

import string

import httpx
import pytest

from app.shop.catalog import queries
from app.shop.database import Database

AWKWARD = (
    *string.punctuation,
    *(f"zyxo{character}mma" for character in string.punctuation),
    *("a & | ! b", "<->", "a:*", "a:ABCD", "('", "\\'", "it's", "$1 %s :q {}", "!!a", "&&"),
    *("'; DROP TABLE products; --", "a\\", "/usr/a\\b'c", "http://x.y/a'b?c=\\d", "\n\t", " "),
    *("🎁", "\ufffd\u200b", "1.5e-3", "-1", "a@b.c", "a" * 200, "' " * 100),
)


async def names(client: httpx.AsyncClient, words: str, limit: int = 2000) -> list[str]:
    response = await client.get("/api/products/search", params={"q": words, "limit": limit})
    assert response.status_code == 200, response.text
    return [product["name"] for product in response.json()]


async def test_a_prefix_matches_a_word_in_any_case(client: httpx.AsyncClient) -> None:
    assert len(await names(client, "zyxomma")) == 25
    assert await names(client, "ZYXO") == await names(client, "zyxomma")
    assert await names(client, "yxomma") == []


async def test_all_words_of_the_query_must_match(client: httpx.AsyncClient) -> None:
    found = await names(client, "zyxo quoted")
    assert found
    for product in found:
        assert product.startswith("Zyxomma")
    assert len(found) < 25
    assert await names(client, "zyxomma nosuchword") == []


async def test_non_ascii_words_match(client: httpx.AsyncClient) -> None:
    assert any("héllo" in name for name in await names(client, "zyxomma hél"))
    assert any("日本語" in name for name in await names(client, "zyxomma 日本"))


async def test_the_best_match_comes_first(client: httpx.AsyncClient) -> None:
    found = await names(client, "zyxomma plain")
    best = await names(client, "zyxomma plain", limit=1)
    assert best == found[:1]
    both = [name for name in found if "plain" in name]
    assert both


async def test_equal_ranks_are_ordered_by_id(client: httpx.AsyncClient) -> None:
    response = await client.get("/api/products/search", params={"q": "zyxomma", "limit": 5})
    ids = [product["id"] for product in response.json()]
    again = await client.get("/api/products/search", params={"q": "zyxomma", "limit": 25})
    assert ids == [product["id"] for product in again.json()][:5]


async def test_special_characters_are_never_query_syntax(client: httpx.AsyncClient) -> None:
    for words in AWKWARD:
        await names(client, words, limit=1)


@pytest.mark.parametrize("query", ["", "?q=", f"?q={'a' * 201}", "?q=%00", "?q=a%00b"])
async def test_an_invalid_query_is_rejected_with_422(client: httpx.AsyncClient, query: str) -> None:
    response = await client.get(f"/api/products/search{query}")
    assert response.status_code == 422
    assert response.json()["errors"][0]["location"] == "query.q"


async def test_the_query_can_use_the_index(database: Database) -> None:
    async with database.driver() as driver, driver.transaction():
        await driver.execute("SET LOCAL enable_seqscan = off")
        plan = await driver.fetch(f"EXPLAIN {queries.SEARCH}", "zyxo heart", 5)
    assert "ix_products_search" in "\n".join(row[0] for row in plan)
