"""What compression saves, counted: bytes. And what it must not break."""

import gc
from collections.abc import Callable
from typing import Any

import pytest
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.course.evidence import Evidence
from app.course.exercise import Refusal
from app.lab.checks.middleware_trial import try_middleware
from app.lab.serving.exchange import exchange
from app.lessons.compression.check import EXERCISE, FIRST_STEPS
from app.lessons.compression.decoding import decoded
from app.lessons.compression.usual import MendedCompression, UsualCompression
from app.shop.edge.compression import Compression
from app.shop.edge.conditional import Conditional
from tests.lessons.costs import Pairs, costs

ORDERS = "/api/orders?limit=20"


def test_compression_reduces_the_bytes_of_a_response(pair_of: Pairs) -> None:
    before, after = costs(pair_of("compression"), ORDERS)
    assert after.work.response_bytes < before.work.response_bytes / 3


@pytest.mark.parametrize("coding", ["zstd", "br", "gzip"])
async def test_only_after_the_lesson_a_client_gets_what_it_accepts(
    pair_of: Pairs, coding: str
) -> None:
    before, after = pair_of("compression")
    accept = {"Accept-Encoding": coding}
    full = await exchange(before, ORDERS, headers=accept)
    small = await exchange(after, ORDERS, headers=accept)
    assert "content-encoding" not in full.headers
    assert small.headers["content-encoding"] == coding
    assert small.work.response_bytes < full.work.response_bytes / 3


async def tried(layer: Callable[[ASGIApp], Any]) -> Refusal | None:
    def answer(app: ASGIApp) -> Any:
        return layer(app)

    evidence = Evidence(layer, extra=await try_middleware(EXERCISE, answer))
    return next((refusal for step in FIRST_STEPS if (refusal := step(evidence))), None)


async def test_the_finished_layers_pass_the_trial() -> None:
    assert await tried(lambda app: Compression(Conditional(app))) is None


async def test_no_garbage_is_collected_while_the_hold_of_the_loop_is_measured() -> None:
    """In a kernel that takes several times as long as the compression."""
    collects: list[bool] = []

    def layer(app: ASGIApp) -> ASGIApp:
        async def noting(scope: Scope, receive: Receive, send: Send) -> None:
            async def noting_send(message: Message) -> None:
                if scope.get("path") == "/big":
                    collects.append(gc.isenabled())
                await send(message)

            await app(scope, receive, noting_send)

        return noting

    assert await tried(lambda app: Compression(Conditional(layer(app)))) is None
    assert collects
    assert not any(collects)
    assert gc.isenabled()


@pytest.mark.parametrize(
    ("layer", "says"),
    [
        (UsualCompression, "2 headers `content-length`"),
        (MendedCompression, "GZIP"),
        (GZipMiddleware, "GZIP"),
        (lambda app: app, "is not compressed"),
    ],
)
async def test_the_layers_of_the_lesson_are_refused(
    layer: Callable[[ASGIApp], Any], says: str
) -> None:
    refusal = await tried(layer)
    assert refusal is not None
    assert says in refusal.message


def test_what_is_no_coding_is_not_decoded() -> None:
    assert decoded(b"plain", None) == b"plain"
    with pytest.raises(Exception, match="not one of gzip, br and zstd"):
        decoded(b"", "deflate")
    for coding in ("gzip", "br", "zstd"):
        with pytest.raises(Exception, match=r".+"):
            decoded(b"not encoded at all", coding)
