"""Keyset pagination: every row once and in order, until a page without a next one."""

import httpx
import pytest


async def walk(client: httpx.AsyncClient, path: str, limit: int) -> list[int]:
    """The ids on all pages, starting with the first."""
    ids: list[int] = []
    after: int | None = 0
    while after is not None:
        response = await client.get(path, params={"limit": limit, "after": after})
        page = response.json()
        assert len(page["items"]) <= limit
        ids += [item["id"] for item in page["items"]]
        after = page["next"]
    return ids


async def test_paging_yields_every_product_once_in_the_order_of_ids(
    client: httpx.AsyncClient,
) -> None:
    everything = await walk(client, "/api/products", 2000)
    assert everything == sorted(set(everything))
    assert await walk(client, "/api/products", 977) == everything


async def test_both_endpoints_for_a_category_return_the_same_products(
    client: httpx.AsyncClient,
) -> None:
    categories = (await client.get("/api/categories")).json()
    newest = categories[-1]["id"]
    ids = await walk(client, f"/api/categories/{newest}/products", 5)
    assert len(ids) == 25
    filtered = await client.get("/api/products", params={"category": newest, "limit": 25})
    assert [item["id"] for item in filtered.json()["items"]] == ids
    assert {item["category_id"] for item in filtered.json()["items"]} == {newest}


@pytest.mark.parametrize(("limit", "more"), [(24, True), (25, False), (26, False)])
async def test_the_last_page_has_no_next(client: httpx.AsyncClient, limit: int, more: bool) -> None:
    newest = (await client.get("/api/categories")).json()[-1]["id"]
    response = await client.get(f"/api/categories/{newest}/products", params={"limit": limit})
    page = response.json()
    assert (page["next"] == page["items"][-1]["id"]) is more
    assert (page["next"] is None) is not more


async def test_an_unknown_category_is_404_as_a_path_and_empty_as_a_filter(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/api/categories/2147483647/products")).status_code == 404
    empty = await client.get("/api/products?category=2147483647")
    assert empty.json() == {"items": [], "next": None}
    beyond = await client.get("/api/categories/1/products?after=2147483647")
    assert beyond.json() == {"items": [], "next": None}


@pytest.mark.parametrize("kind", ["orders", "posts"])
async def test_before_continues_a_list_that_is_newest_first(
    client: httpx.AsyncClient, kind: str
) -> None:
    whole = (await client.get(f"/api/{kind}?limit=40")).json()
    ids = [item["id"] for item in whole]
    assert ids == sorted(set(ids), reverse=True)
    first = (await client.get(f"/api/{kind}")).json()
    second = (await client.get(f"/api/{kind}?limit=20&before={first[-1]['id']}")).json()
    assert first + second == whole
    assert (await client.get(f"/api/{kind}?before=1")).json() == []


async def test_after_continues_the_list_of_users(client: httpx.AsyncClient) -> None:
    whole = (await client.get("/api/users?limit=40")).json()
    first = (await client.get("/api/users")).json()
    second = (await client.get(f"/api/users?after={first[-1]['id']}")).json()
    assert first + second == whole
