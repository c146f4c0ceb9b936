"""The supervisor's side of one client's connection."""

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
    """The part of the supervisor that a connection needs."""

    token: str
    closing: bool
    """Whether clients are no longer accepted."""
    servers: "Servers"

    def join(self, connection: "Connection", name: str) -> None: ...

    def leave(self, connection: "Connection") -> None: ...

    def status(self) -> Message: ...


class Connection:
    """Answers one client's requests, and releases its leases when the connection closes."""

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
        self._releases: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Run until the client has gone, for whatever reason."""
        try:
            async for message in self._messages():
                if not self._accepts(message):
                    break
                request = asyncio.create_task(self._answer(message))
                self._requests.add(request)
                request.add_done_callback(self._requests.discard)
            # A copy in progress has to be finished before it can be dropped.
            await asyncio.gather(*self._requests, return_exceptions=True)
        finally:
            try:
                for database in self._leases:
                    await self._supervisor.servers.release(database)
                await asyncio.gather(*self._releases, return_exceptions=True)
            finally:
                # Even if that failed: a client that is still counted would keep the servers up.
                self._supervisor.leave(self)
                self._writer.close()

    def disconnect(self) -> None:
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
        """Whether to go on: the first message had the token, and the supervisor is not closing."""
        token = str(message.get("token")).encode()
        self._trusted = self._trusted or hmac.compare_digest(token, self._supervisor.token.encode())
        return self._trusted and not self._supervisor.closing

    async def _answer(self, message: Message) -> None:
        request_id = message.get("id")
        try:
            result = await self._with_heartbeat(request_id, message)
        except ServicesError as error:
            self._send(request_id, "error", message=str(error))
        except asyncio.CancelledError:
            raise
        except Exception as error:
            traceback.print_exc()
            self._send(request_id, "error", message=f"The supervisor failed: {error!r}.")
        else:
            self._send(request_id, "done", result=result)

    async def _with_heartbeat(self, request_id: Any, message: Message) -> Message:
        """The request's result, with a heartbeat to the client until it is ready."""

        def progress(text: str, fraction: float) -> None:
            self._send(request_id, "progress", text=text, fraction=fraction)

        work = asyncio.ensure_future(self._result(message, progress))
        try:
            while not (await asyncio.wait([work], timeout=HEARTBEAT))[0]:
                self._send(request_id, "waiting")
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
                self._release(message["database"])
                return {}
        raise ServicesError(f"The supervisor does not support the request {message.get('op')!r}.")

    def _release(self, database: str) -> None:
        """Drop a copy in the background: DROP DATABASE ends with a checkpoint, which takes seconds
        on a busy disk, and nobody needs the result."""
        self._leases.discard(database)
        release = asyncio.create_task(self._supervisor.servers.release(database))
        self._releases.add(release)
        release.add_done_callback(self._releases.discard)

    def _send(self, request_id: Any, event: str, **content: Any) -> None:
        if not self._writer.is_closing():
            with contextlib.suppress(OSError):
                self._writer.write(encode({"id": request_id, "event": event, **content}))
