"""A middleware is first tried by itself, over a socket."""

from typing import Any

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.course.errors import CourseError
from app.course.evidence import Evidence
from app.course.exercise import Refusal
from app.course.http import Received, Wire
from app.course.kinds import MiddlewareExercise
from app.lab.checks.middleware_trial import try_middleware


class Page:
    """An application of one page."""

    name = "page"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            while True:
                message = await receive()
                await send({"type": f"{message['type']}.complete"})
                if message["type"] == "lifespan.shutdown":
                    return
        await PlainTextResponse("hello")(scope, receive, send)


async def trial(wire: Wire, page: Any) -> dict[str, Any]:
    return {"seen": await wire.request("/page"), "name": page.name}


def accepted(_: Evidence) -> Refusal | None:
    return None


EXERCISE = MiddlewareExercise(
    goal="It works.",
    hints=("", "", "", ""),
    application=Page,
    trial=trial,
    first_steps=(accepted,),
    steps=(accepted,),
)


class Passing:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


class Doubling(Passing):
    """Sends a second length."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def doubled(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"content-length", b"5")]}
            await send(message)

        await self.app(scope, receive, doubled)


class Raising(Passing):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            raise ValueError("not today")
        await self.app(scope, receive, send)


class Failing(Passing):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app({**scope, "method": scope["method"].upper()}, receive, send)


async def test_the_trial_sees_what_is_sent_over_the_socket() -> None:
    evidence = await try_middleware(EXERCISE, Passing)
    seen: Received = evidence["seen"]
    assert (seen.status, seen.body, seen.faults) == (200, b"hello", ())
    assert (evidence["name"], evidence["raised"]) == ("page", {})


async def test_a_violation_of_http_is_seen() -> None:
    seen: Received = (await try_middleware(EXERCISE, Doubling))["seen"]
    assert seen.values("content-length") == ["5", "5"]
    assert "It has 2 headers `content-length`" in seen.faults[0]


async def test_what_is_raised_is_told_by_path() -> None:
    evidence = await try_middleware(EXERCISE, Raising)
    assert "ValueError: not today" in evidence["raised"]["/page"]
    assert evidence["seen"].status == 500


async def test_a_middleware_that_ends_the_lifespan_is_an_error() -> None:
    with pytest.raises(CourseError, match="KeyError"):
        await try_middleware(EXERCISE, Failing)


async def test_without_a_trial_there_is_nothing_to_see() -> None:
    exercise = MiddlewareExercise(goal="", hints=("", "", "", ""), steps=())
    assert await try_middleware(exercise, Passing) == {}
