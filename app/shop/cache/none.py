"""A cache that stores nothing."""

from collections.abc import Collection

from app.shop.cache.protocol import Make


class NoCache:
    """Calls ``make`` every time."""

    async def get_or_make(self, _key: str, _tags: Collection[str], make: Make) -> bytes | None:
        return await make()

    async def drop(self, tags: Collection[str]) -> None:
        pass

    async def close(self) -> None:
        pass
