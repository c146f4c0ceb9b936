"""An answer must begin in time."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.shop.errors import problem


class Timeouts:
    """Gives a request up that has no answer after ``seconds``, counted from its headers.

    The application is cancelled, so its transaction is rolled back and its connection is free
    again. The answer is 408 where the request's own body was still to come, and 503 otherwise: 504
    would blame a server further on, and the client sees only this one. An answer that has begun is
    never cut, however long it takes. What runs in a thread cannot be cancelled: it is waited for.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app = app
        self.seconds = seconds
        self._incomplete = problem(
            408,
            f"The body was not complete after {seconds:g} seconds.",
            headers={"Connection": "close"},
        )
        self._late = problem(
            503, f"There was no answer after {seconds:g} seconds.", headers={"Retry-After": "5"}
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        reading = complete = begun = given_up = False
        task = asyncio.current_task()
        assert task is not None

        def give_up() -> None:
            nonlocal given_up
            given_up = True
            task.cancel()

        async def read() -> Message:
            nonlocal reading, complete
            reading = not complete
            message = await receive()
            reading, complete = False, not message.get("more_body", False)
            return message

        async def answer(message: Message) -> None:
            nonlocal begun
            if not begun:
                begun = True
                timer.cancel()
            await send(message)

        # asyncio.timeout() does the same, at three times the cost for a request that is in time.
        timer = asyncio.get_running_loop().call_later(self.seconds, give_up)
        try:
            await self.app(scope, read, answer)
        except asyncio.CancelledError:
            if begun or not given_up or task.uncancel():
                raise
            await (self._incomplete if reading else self._late)(scope, receive, send)
        finally:
            timer.cancel()
