"""One request for price changes, made of an application in this process."""

import asyncio
import json
from collections.abc import MutableMapping, Sequence
from contextlib import suppress
from typing import Any

from fastapi import FastAPI

from app.shop.accounts.tokens import issue_token
from app.shop.accounts.user import User
from app.shop.settings import Settings

PATH = "/api/products/prices"

Change = dict[str, Any]
Message = MutableMapping[str, Any]


class Call:
    """A request that has been sent, and its response as far as there is one."""

    def __init__(self, app: FastAPI, settings: Settings, changes: Sequence[Change]) -> None:
        self.changes = changes
        self.status: int | None = None
        """From when the response begins."""
        self._body = json.dumps(changes).encode()
        self._sent = False
        token = issue_token(User(1, frozenset({"catalog:write"})), settings)
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "PATCH",
            "scheme": "http",
            "path": PATH,
            "raw_path": PATH.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [
                (b"host", b"shop"),
                (b"content-type", b"application/json"),
                (b"content-length", str(len(self._body)).encode()),
                (b"authorization", f"Bearer {token}".encode()),
            ],
            "client": ("127.0.0.1", 1),
            "server": ("shop", 80),
        }
        self._task = asyncio.create_task(self._run(app, scope))

    async def done(self) -> int:
        """The status, once the application has finished."""
        await self._task
        return self.status or 500

    async def _run(self, app: FastAPI, scope: Message) -> None:
        with suppress(Exception):  # it has answered with a 500
            await app(scope, self._receive, self._send)

    async def _receive(self) -> Message:
        if self._sent:
            await asyncio.Event().wait()  # the client does not go away
        self._sent = True
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
