"""Many requests at once: how many got which status, and why."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import StaticPool

from app.course.evidence import Burst, BurstObservation, Evidence
from app.course.work import Work
from app.lab.checks.burst import send_burst
from app.lab.serving.server import Server
from app.lessons.pooling.check import answers_the_burst
from app.shop.errors import answer_with_problems, problem
from app.shop.settings import Settings

BURST = Burst("/", requests=12, connections=6)


def refusal(seen: BurstObservation) -> str:
    found = answers_the_burst(Evidence(None, bursts=(seen,)))
    assert found
    return found.message


# Such a pool loses connections that it has opened at the same time.
@pytest.mark.filterwarnings("ignore:unclosed connection:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_one_connection_for_all_is_named_as_the_cause(settings: Settings) -> None:
    engine = create_async_engine(settings.database_url, poolclass=StaticPool)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await engine.dispose()

    app = FastAPI(lifespan=lifespan)
    answer_with_problems(app)

    @app.get("/")
    async def read() -> None:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_sleep(0.01)"))

    with Server(app) as server:
        seen = await send_burst(BURST, server)
    gc.collect()  # here, and not in a test that takes a warning for an error
    message = refusal(seen)
    assert "with 500 (InterfaceError: cannot" in message
    assert "503" not in message


async def test_what_a_problem_says_is_the_cause() -> None:
    app = FastAPI()
    replies = iter([200, 503, 503, 429] * 3)

    @app.get("/")
    async def reply() -> object:
        status = next(replies)
        return problem(status, f"detail of {status}") if status != 200 else "fine"

    with Server(app) as server:
        seen = await send_burst(BURST, server)
    assert seen.statuses == {200: 3, 429: 3, 503: 6}
    assert "3 with 429 (detail of 429), 6 with 503 (detail of 503)" in refusal(seen)


@pytest.mark.parametrize("reasons", [{}, {503: "x"}])
def test_a_status_without_a_reason(reasons: dict[int, str]) -> None:
    seen = BurstObservation(BURST, {0: 1, 200: 10, 500: 1}, Work(), 0, reasons)
    assert "10 were answered with 200, 1 not at all, 1 with 500; expected" in refusal(seen)


async def test_it_shows_first_why_requests_failed() -> None:
    app = FastAPI()

    @app.get("/")
    async def broken() -> None:
        raise ValueError("no <good>")

    with Server(app) as server:
        seen = await send_burst(BURST, server)
    assert str(seen).splitlines()[:2] == [
        "GET /: 12 requests, 6 at a time",
        "12 of 12 requests got 500: ValueError: no <good>",
    ]
    page = seen._repr_html_()
    assert page.index("ValueError: no &lt;good&gt;") < page.index("<table>")
