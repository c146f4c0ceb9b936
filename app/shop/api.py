"""Routers under ``/api``."""

from typing import Any

from fastapi import APIRouter

from app.shop.errors import documented

PREFIX = "/api"


def api_router(tag: str, **options: Any) -> APIRouter:
    """A router for one group of endpoints. It documents the responses 422 and 503 for each."""
    return APIRouter(prefix=PREFIX, tags=[tag], responses=documented(422, 503), **options)
