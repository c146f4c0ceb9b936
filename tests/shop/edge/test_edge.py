"""The complete middleware stack around the shop."""

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


def test_middleware_that_rejects_requests_is_outermost() -> None:
    layers = [layer.cls.__name__ for layer in edge(Settings())]  # type: ignore[attr-defined]
    assert layers == ["Admission", "Limits", "Timeouts", "Compression", "Conditional"]


def test_the_settings_are_passed_to_the_middleware() -> None:
    settings = Settings(max_requests=7, max_body_bytes=8, request_timeout=9)
    admission, limits, timeouts, *_ = edge(settings)
    assert admission.kwargs == {"limit": 7}
    assert limits.kwargs == {"max_body_bytes": 8}
    assert timeouts.kwargs == {"seconds": 9}


async def test_a_list_is_the_same_with_and_without_compression(client: httpx.AsyncClient) -> None:
    plain = await client.get(LIST, headers={"Accept-Encoding": "identity"})
    compressed = await client.get(LIST, headers={"Accept-Encoding": "gzip"})
    assert compressed.headers["content-encoding"] == "gzip"
    assert compressed.content == plain.content
    assert compressed.num_bytes_downloaded < plain.num_bytes_downloaded / 3
    for name in ("vary", "cache-control", "content-type"):
        assert compressed.headers.get_list(name) == plain.headers.get_list(name) != []
    # A strong tag must not be shared by two encodings.
    assert compressed.headers["etag"] != plain.headers["etag"]


async def test_an_unchanged_list_is_304(client: httpx.AsyncClient) -> None:
    tag = (await client.get(LIST)).headers["etag"]
    response = await client.get(LIST, headers={"If-None-Match": tag})
    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["etag"] == tag


async def test_a_body_that_is_too_large_is_rejected_with_413(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/posts/1/comments", content=b" " * 8_000_001)
    assert response.status_code == 413
    assert response.headers["content-type"] == "application/problem+json"


async def test_health_checks_are_not_stored(client: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/readyz"):
        assert (await client.get(path)).headers["cache-control"] == "no-store"
