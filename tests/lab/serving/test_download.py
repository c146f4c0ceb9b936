"""A response from a process of its own, and the memory of that process."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, StreamingResponse

from app.course.overlay import Overlay
from app.course.shop import Shop
from app.lab.services import Client
from app.lab.serving.arm import Arm
from app.lab.serving.copies import Copies
from app.lab.serving.download import Download, download
from app.lab.serving.reader import reading
from app.lab.serving.workers import Workers
from app.shop.dependencies import DatabaseDep

pytestmark = pytest.mark.slow

LINE = "x" * 99 + "\n"
LINES = 400_000
"""40 MB."""

router = APIRouter()


@router.get("/whole")
async def whole() -> PlainTextResponse:
    return PlainTextResponse("".join(f"{number:099}\n" for number in range(LINES)))


@router.get("/piecewise")
async def piecewise() -> StreamingResponse:
    async def generate() -> AsyncIterator[str]:
        for _ in range(LINES // 1000):
            yield LINE * 1000

    return StreamingResponse(generate())


@router.get("/held")
async def held(database: DatabaseDep) -> StreamingResponse:
    async def generate() -> AsyncIterator[str]:
        async with database.driver() as driver:
            await driver.fetch("SELECT generate_series(1, 7)")
            for _ in range(LINES // 1000):
                yield LINE * 1000

    return StreamingResponse(generate())


@pytest.fixture(scope="module")
def copies(services: Client) -> Copies:
    return Copies(services)


def arm_of(copies: Copies) -> Arm:
    return Arm(Shop(overlay=Overlay(routers=(router,))), copies, own_process=True)


async def downloaded(copies: Copies, path: str) -> Download:
    with arm_of(copies) as arm:
        assert isinstance(arm.host, Workers)
        return await download(arm.host, path)


async def test_what_a_process_holds_at_its_peak_is_seen(copies: Copies) -> None:
    large = await downloaded(copies, "/api/whole")
    small = await downloaded(copies, "/api/piecewise")
    for seen in (large, small):
        assert (seen.status, seen.complete) == (200, True)
        assert (seen.size, seen.lines, seen.flow.lines) == (100 * LINES, LINES, LINES)
    assert large.memory > 100 * LINES > 4 * small.memory
    assert "more" in str(small)


async def test_a_worker_tells_how_far_a_request_is(copies: Copies) -> None:
    with arm_of(copies) as arm:
        async with reading(arm.host, "/api/held") as reader:
            await reader.read(1)
            assert reader.flow.rows == 7
            assert 0 < reader.flow.lines < LINES
            assert arm.host.in_use == 1
        async with asyncio.timeout(30):
            while arm.host.in_use:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_a_slow_reader_is_not_taken_for_code_that_does_not_return(
    copies: Copies,
) -> None:
    with arm_of(copies) as arm:
        async with reading(arm.host, "/api/piecewise") as reader:
            await reader.read(1)
            await asyncio.sleep(7)  # longer than anything else may stand still
            rest = sum([len(piece) async for piece in reader.rest()])
        assert 1 + rest == 100 * LINES
        assert reader.complete
