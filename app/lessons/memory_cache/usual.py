"""A cache as many applications have it."""

import asyncio
from collections.abc import Collection
from typing import Any

from cachetools import TTLCache

from app.shop.cache import Make, NoCache
from app.shop.settings import Settings


class UsualCache(NoCache):
    def __init__(self, settings: Settings) -> None:
        self.entries: TTLCache[str, Any] = TTLCache(5_000, settings.cache_seconds)
        self.lock = asyncio.Lock()

    async def get(self, key: str) -> Any:
        async with self.lock:
            return self.entries.get(key)

    async def put(self, key: str, value: Any) -> None:
        async with self.lock:
            self.entries[key] = value

    async def get_or_make(self, key: str, _tags: Collection[str], make: Make) -> Any:
        value = await self.get(key)
        if value is None:
            value = await make()
            await self.put(key, value)
        return value
