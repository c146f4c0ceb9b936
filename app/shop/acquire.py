"""A driver connection for the duration of a block."""

from contextlib import AbstractAsyncContextManager
from types import TracebackType

import asyncpg
from sqlalchemy import exc

from app.shop.checkout import Checkout, Driver, Pooled
from app.shop.errors import DatabaseUnavailable


class AcquireContext(AbstractAsyncContextManager[Driver]):
    """Acquires a connection from the pool, waiting in the limiter's queue, and releases it.

    Raises ``DatabaseUnavailable`` if no connection can be opened, or if it is lost inside the
    block. It is a class because a generator-based context manager takes longer than the pool.
    """

    def __init__(
        self, checkout: Checkout, limiter: AbstractAsyncContextManager[None, None]
    ) -> None:
        self._checkout = checkout
        self._limiter = limiter
        self._pooled: Pooled
        self._driver: Driver

    async def __aenter__(self) -> Driver:
        await self._limiter.__aenter__()
        try:
            self._pooled, self._driver = await self._checkout.acquire()
        except BaseException as error:
            await self._limiter.__aexit__(None, None, None)
            if isinstance(error, OSError | exc.DBAPIError):
                raise DatabaseUnavailable(str(error)) from error
            raise
        return self._driver

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        lost = isinstance(error, OSError) or (
            # The driver raises the latter if the server closed the connection just before a query.
            isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError)
            and self._driver.is_closed()
        )
        try:
            await self._checkout.release(self._pooled, self._driver)
        finally:
            await self._limiter.__aexit__(None, None, None)
        if lost:
            raise DatabaseUnavailable(str(error)) from error
