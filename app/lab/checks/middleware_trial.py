"""Tries a learner's middleware by itself, around a small application on a real server."""

from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from app.course.kinds import MiddlewareExercise
from app.lab.serving.failure import describe
from app.lab.serving.server import Server
from app.lab.serving.strict_client import StrictClient
from app.lab.serving.watchdog import watched


async def try_middleware(
    exercise: MiddlewareExercise, answer: Callable[..., Any]
) -> dict[str, Any]:
    """The result of the exercise's trial, and in ``raised`` what was raised by path; empty for an
    exercise without a trial.

    Raises what the answer raises when it is called with the application, and ``CourseError`` for
    code that does not return.
    """
    if exercise.application is None or exercise.trial is None:
        return {}
    application: ASGIApp = exercise.application()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        """The application, and nothing that an answer could look into."""
        await application(scope, receive, send)

    noting = _Noting(answer(app=app))
    with Server(noting) as server:
        trial = exercise.trial(StrictClient(server.url), application)
        return {**await watched([server], trial), "raised": noting.raised}


class _Noting:
    """Notes what the application inside raises, in a sentence."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.raised: dict[str, str] = {}
        """By path."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            if scope["type"] == "http":
                self.raised.setdefault(scope["path"], describe(error))
            raise
