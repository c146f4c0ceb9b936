"""One arm: an application that is served, with everything that is its own."""

from collections.abc import Callable
from typing import Self, TypeAlias

from starlette.types import ASGIApp

from app.course.shop import Shop
from app.lab.serving.copies import Copies, Copy
from app.lab.serving.host import Host
from app.lab.serving.schema import change_schema
from app.lab.serving.server import Server
from app.lab.serving.workers import Workers
from app.shop.settings import Settings

App: TypeAlias = Shop | ASGIApp
"""A shop to build, or an ASGI application as it is."""


class Arm:
    """An application on its own copy of the database, with its own Redis prefix, settings and
    workers. It is served until ``close``, or the end of a ``with`` block.

    An ASGI application that is no ``Shop`` brings its own settings, and no copy is acquired for it.
    ``copy`` shares a copy that somebody else has acquired and will release; a copy of its own is
    what an arm needs that writes, or that must not see what others write.
    """

    def __init__(
        self,
        app: App,
        copies: Copies,
        *,
        copy: Copy | None = None,
        port: int | None = None,
        around: Callable[[ASGIApp], ASGIApp] | None = None,
        own_process: bool = False,
    ) -> None:
        """``around`` puts something around the application of a single worker, which is served
        inside this process unless it is to have its ``own_process``.

        Blocks. Raises ``ServicesError`` where no database can be copied, ``ServerError`` where the
        application does not start, and what the shop's parts raise while it is built."""
        self.app = app
        self._copies = copies
        self._around = around or (lambda made: made)
        self._own_process = own_process
        self._own: Copy | None = None
        self.settings: Settings | None = None
        self.host: Host
        try:
            self.host = self._start(copy, port)
        except BaseException:
            self._release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Where any of its workers answers."""
        return self.host.url

    def close(self) -> None:
        """Stop serving and release the copy. Idempotent."""
        self.host.stop()
        self._release()

    def _start(self, shared: Copy | None, port: int | None) -> Host:
        if not isinstance(self.app, Shop):
            return Server(self._around(self.app), port=port)
        copy = shared
        if copy is None or self.app.schema:
            copy = self._own = self._copies.acquire()
        if self.app.schema:
            copy.written_elsewhere = True
            change_schema(copy.lease.database_url, self.app.schema)
        self.settings = self.app.configured(self._copies.settings(copy))
        if self.app.workers == 1 and not self._own_process:
            app = self._around(self.app.build(self.settings))
            return Server(app, port=port, network=self.app.network)
        copy.written_elsewhere = True
        return Workers(self.app, self.settings, port=port)

    def _release(self) -> None:
        own, self._own = self._own, None
        if own is not None:
            self._copies.release(own)
