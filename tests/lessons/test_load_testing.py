"""What the lesson says of locustfiles, and that its exercise looks at what it means to."""

import re
from importlib.resources import files

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.types import ASGIApp

from app.course.evidence import Evidence
from app.course.exercise import Refusal
from app.course.shops import shop_before
from app.lab.checks.response_cache import ResponseCache
from app.lab.serving.http import client
from app.lab.serving.recorder import Recorder
from app.lab.serving.server import Server
from app.lab.tools.locust.plan import Plan
from app.lab.tools.locust.running import run_locust
from app.lessons.load_testing.check import EXERCISE
from app.lessons.load_testing.faults import (
    OLDEST,
    closed,
    empty_lists,
    failing,
    mixed_up_products,
    renewed,
)
from app.lessons.load_testing.files import LOCUSTFILE
from app.shop.settings import Settings
from tests.lessons.conftest import without_redis

LESSON = files("app.lessons.load_testing").joinpath("lesson.md").read_text(encoding="utf-8")


def usual_plan() -> str:
    """The text that the notebook calls ``USUAL``."""
    found = re.search(r'^USUAL = """\n(.*?)^"""$', LESSON, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


@pytest.mark.slow
async def test_the_usual_plan_asks_for_one_product_and_the_file_for_many(shared: Settings) -> None:
    runs = []
    for locustfile in (usual_plan(), LOCUSTFILE):
        recorder = Recorder()
        app = shop_before("load_testing", without_redis(shared))
        with Server(recorder.around(app)) as server:
            plan = Plan(host=server.url, users=2, seconds=60, requests=150, pauses=False)
            runs.append((await run_locust(locustfile, plan), recorder.visits))
    (_, usual), (results, real) = runs
    assert usual.products.distinct == 1
    assert sum(one.statements for one in usual.products.requests) == 1
    assert real.products.distinct > 5
    assert real.products.hit_rate < usual.products.hit_rate
    for counted, seen in runs:
        assert len(seen.exactly("/api/auth/login", method="POST")) == 2
        assert counted.total.requests == len(seen)
        assert not counted.total.failures
    assert len(results.entries) == 6


def echo() -> FastAPI:
    app = FastAPI()

    @app.get("/api/products")
    async def lists(request: Request) -> dict[str, object]:
        return {"items": [request.url.query], "next": None}

    @app.get("/api/products/{number:int}")
    async def product(number: int) -> dict[str, int]:
        return {"id": number}

    @app.post("/api/auth/login")
    async def login() -> dict[str, float]:
        app.state.logins = getattr(app.state, "logins", 0) + 1
        return {"login": app.state.logins}

    return app


async def answers(app: ASGIApp, *paths: str) -> list[tuple[int, object]]:
    with Server(app) as server:
        async with client(server.url) as http:
            replies = [await http.get(path) for path in paths]
            return [(reply.status_code, reply.json()) for reply in replies]


async def test_each_fault_is_what_it_says() -> None:
    one, high = "/api/products/1", f"/api/products/{OLDEST + 1}"
    lists = "/api/products?limit=20"
    seen = await answers(empty_lists(echo()), lists, one)
    assert seen == [(200, {"items": [], "next": None}), (200, {"id": 1})]
    assert await answers(mixed_up_products(echo()), one, high) == [
        (200, {"id": 2}),
        (200, {"id": 1}),
    ]
    statuses = [status for status, _ in await answers(failing(echo(), first=2), *[one] * 5)]
    assert statuses == [200, 503, 200, 200, 200]
    statuses = [
        status for status, _ in await answers(failing(echo(), first=2, every=3), *[one] * 6)
    ]
    assert statuses == [200, 503, 200, 200, 503, 200]
    seen = await answers(renewed(echo()), lists, f"{lists}&after=9999", one, high)
    assert seen[0] == (200, {"items": [f"limit=20&after={OLDEST}"], "next": None})
    assert seen[1] == (200, {"items": ["limit=20&after=9999"], "next": None})
    assert seen[2] == (200, {"id": 1_000_001})  # which the shop does not have
    assert seen[3] == (200, {"id": OLDEST + 1})


async def test_nobody_can_log_in() -> None:
    with Server(closed(echo())) as server:
        async with client(server.url) as http:
            assert (await http.post("/api/auth/login")).status_code == 503


async def test_a_login_is_answered_from_the_cache_by_its_body() -> None:
    cache = ResponseCache({"/api/auth/login"})
    with Server(cache.around(echo())) as server:
        async with client(server.url) as http:
            bodies = [b"mine", b"mine", b"yours", b"mine"]
            replies = [await http.post("/api/auth/login", content=body) for body in bodies]
            assert [reply.json()["login"] for reply in replies] == [1, 1, 2, 1]
            assert (await http.get("/api/products/3")).json() == {"id": 3}


def test_a_trial_that_has_not_run_is_not_judged() -> None:
    steps: list[Refusal | None] = [step(Evidence("")) for step in EXERCISE.steps]
    assert steps == [None] * len(EXERCISE.steps)
