"""The finished shop, on the database named in the environment, with different caches."""

from fastapi import FastAPI

from app.shop import create_app
from app.shop.cache import MemoryCache, NoCache
from app.shop.settings import Settings


def uncached() -> FastAPI:
    return create_app(cache=NoCache())


def in_memory() -> FastAPI:
    settings = Settings()
    return create_app(settings, cache=MemoryCache(settings.cache_seconds))


def in_redis() -> FastAPI:
    """With the Redis named in the environment."""
    return create_app()
