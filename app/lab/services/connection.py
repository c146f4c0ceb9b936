"""One client's connection, as the supervisor sees it."""

import asyncio
import contextlib
import hmac
import traceback
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Protocol

from app.lab.services.errors import ServicesError
from app.lab.services.messages import HEARTBEAT, Message, decode, encode
from app.lab.services.seeding import Progress

if TYPE_CHECKING:
    from app.lab.services.servers import Servers


class Host(Protocol):
    """The supervisor, as far as a connection needs it."""

    token: str
    closing: bool
    """Whether no client is accepted any more."""
    servers: "Servers"

    def join(self, connection: "Connection", name: str) -> None: ...

    def leave(self, connection: "Connection") -> None: ...

    def status(self) -> Message: ...


class Connection:
    """Answers one client's requests. What it lent is taken back when the connection closes."""

    def __init__(
        self,
        supervisor: Host,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._supervisor = supervisor
        self._reader = reader
        self._writer = writer
        self._trusted = False
        self._leases: set[str] = set()
        self._requests: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Until the client is gone, however it went."""
        try:
            async for message in self._messages():
                if not self._accepts(message):
                    break
                request = asyncio.create_task(self._answer(message))
                self._requests.add(request)
                request.add_done_callback(self._requests.discard)
            # A copy that is being made has to be finished before it can be dropped.
            await asyncio.gather(*self._requests, return_exceptions=True)
        finally:
            try:
                for database in self._leases:
                    await self._supervisor.servers.release(database)
            finally:
                # Whatever became of the copies: who is counted as a client keeps the servers up.
                self._supervisor.leave(self)
                self._writer.close()

    def hang_up(self) -> None:
        """End ``serve`` as if the client had gone."""
        for request in self._requests:
            request.cancel()
        self._writer.close()

    async def _messages(self) -> AsyncIterator[Message]:
        while True:
            try:
                line = await self._reader.readline()
                if not line:
                    return
                yield decode(line)
            except (OSError, ValueError):
                return

    def _accepts(self, message: Message) -> bool:
        """Whether the client may go on: its first message holds the token, and we stay."""
        token = str(message.get("token")).encode()
        self._trusted = self._trusted or hmac.compare_digest(token, self._supervisor.token.encode())
        return self._trusted and not self._supervisor.closing

    async def _answer(self, message: Message) -> None:
        number = message.get("id")
        try:
            result = await self._working(number, message)
        except ServicesError as error:
            self._send(number, "error", message=str(error))
        except asyncio.CancelledError:
            raise
        except Exception as error:
            traceback.print_exc()
            self._send(number, "error", message=f"The supervisor failed: {error!r}.")
        else:
            self._send(number, "done", result=result)

    async def _working(self, number: Any, message: Message) -> Message:
        """The request's result; the client gets a sign of life now and then until it is there."""

        def progress(text: str, fraction: float) -> None:
            self._send(number, "progress", text=text, fraction=fraction)

        work = asyncio.ensure_future(self._result(message, progress))
        try:
            while not (await asyncio.wait([work], timeout=HEARTBEAT))[0]:
                self._send(number, "waiting")
        finally:
            work.cancel()
        return await work

    async def _result(self, message: Message, progress: Progress) -> Message:
        supervisor = self._supervisor
        match message.get("op"):
            case "hello":
                supervisor.join(self, str(message["name"]))
                return {}
            case "status":
                return supervisor.status()
            case "services":
                await supervisor.servers.start(progress)
                return supervisor.status()
            case "lease":
                lease = await supervisor.servers.lease(progress)
                self._leases.add(lease["database"])
                return lease
            case "release" if message["database"] in self._leases:
                self._leases.discard(message["database"])
                await supervisor.servers.release(message["database"])
                return {}
        raise ServicesError(f"The supervisor does not know the request {message.get('op')!r}.")

    def _send(self, number: Any, event: str, **content: Any) -> None:
        if not self._writer.is_closing():
            with contextlib.suppress(OSError):
                self._writer.write(encode({"id": number, "event": event, **content}))
