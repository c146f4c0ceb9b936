"""A timeout for the start of a response."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.shop.errors import problem


class Timeouts:
    """Cancels a request whose response has not started ``seconds`` after its headers arrived.

    Cancelling the application rolls its transaction back and releases its connection. The response
    is 408 if the request body was incomplete, and 503 otherwise; 504 would blame an upstream
    server, which the client does not see. A response that has started is never interrupted. Code in
    a thread cannot be cancelled: the request ends after it.
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
        reading = complete = started = timed_out = False
        task = asyncio.current_task()
        assert task is not None

        def cancel() -> None:
            nonlocal timed_out
            timed_out = True
            task.cancel()

        async def read() -> Message:
            nonlocal reading, complete
            reading = not complete
            message = await receive()
            reading, complete = False, not message.get("more_body", False)
            return message

        async def send_and_disarm(message: Message) -> None:
            nonlocal started
            if not started:
                started = True
                timer.cancel()
            await send(message)

        # asyncio.timeout() does the same, but costs three times as much if no timeout occurs.
        timer = asyncio.get_running_loop().call_later(self.seconds, cancel)
        try:
            await self.app(scope, read, send_and_disarm)
        except asyncio.CancelledError:
            if started or not timed_out or task.uncancel():
                raise
            await (self._incomplete if reading else self._late)(scope, receive, send)
        finally:
            timer.cancel()
