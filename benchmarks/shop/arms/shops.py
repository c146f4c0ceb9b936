"""The finished shop, on the database that the environment names, with one cache or another."""

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
    """With the Redis that the environment names."""
    return create_app()
