"""The layers together, around the shop itself."""

from collections.abc import AsyncIterator

import httpx
import pytest

from app.shop.edge import edge
from app.shop.settings import Settings

LIST = "/api/products?limit=200"


@pytest.fixture
async def client(shop_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=shop_url) as client:
        yield client


def test_what_refuses_comes_first() -> None:
    layers = [layer.cls.__name__ for layer in edge(Settings())]  # type: ignore[attr-defined]
    assert layers == ["Admission", "Limits", "Timeouts", "Compression", "Conditional"]


def test_the_knobs_reach_their_layers() -> None:
    settings = Settings(max_requests=7, max_body_bytes=8, request_timeout=9)
    admission, limits, timeouts, *_ = edge(settings)
    assert admission.kwargs == {"limit": 7}
    assert limits.kwargs == {"max_body_bytes": 8}
    assert timeouts.kwargs == {"seconds": 9}


async def test_a_list_is_the_same_compressed_or_not(client: httpx.AsyncClient) -> None:
    plain = await client.get(LIST, headers={"Accept-Encoding": "identity"})
    packed = await client.get(LIST, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert packed.num_bytes_downloaded < plain.num_bytes_downloaded / 3
    for name in ("etag", "vary", "cache-control", "content-type"):
        assert packed.headers.get_list(name) == plain.headers.get_list(name) != []


async def test_a_list_that_is_known_is_not_sent_again(client: httpx.AsyncClient) -> None:
    tag = (await client.get(LIST)).headers["etag"]
    answer = await client.get(LIST, headers={"If-None-Match": tag})
    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["etag"] == tag


async def test_a_body_that_is_too_large_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/posts/1/comments", content=b" " * 8_000_001)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


async def test_health_is_not_stored(client: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/readyz"):
        assert (await client.get(path)).headers["cache-control"] == "no-store"
