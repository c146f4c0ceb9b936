"""A connection of the driver's for the length of a block."""

from contextlib import AbstractAsyncContextManager
from types import TracebackType

import asyncpg
from sqlalchemy import exc

from app.shop.checkout import Checkout, Driver, Pooled
from app.shop.errors import DatabaseUnavailable


class Borrowed(AbstractAsyncContextManager[Driver]):
    """Waits for its turn, takes a connection out of the pool, and returns it.

    ``DatabaseUnavailable`` is raised where there is none, or where it breaks inside the block. A
    generator would say the same in fewer lines and take longer than the pool does.
    """

    def __init__(self, checkout: Checkout, turns: AbstractAsyncContextManager[None, None]) -> None:
        self._checkout = checkout
        self._turns = turns
        self._pooled: Pooled
        self._driver: Driver

    async def __aenter__(self) -> Driver:
        await self._turns.__aenter__()
        try:
            self._pooled, self._driver = await self._checkout.take()
        except BaseException as error:
            await self._turns.__aexit__(None, None, None)
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
            # The last one is what the driver makes of a server that ends a moment before it asks.
            isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError)
            and self._driver.is_closed()
        )
        try:
            await self._checkout.give_back(self._pooled, self._driver)
        finally:
            await self._turns.__aexit__(None, None, None)
        if lost:
            raise DatabaseUnavailable(str(error)) from error
