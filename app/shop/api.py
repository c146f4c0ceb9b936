"""Routers below ``/api``."""

from typing import Any

from fastapi import APIRouter

from app.shop.errors import documented

PREFIX = "/api"


def api_router(tag: str, **options: Any) -> APIRouter:
    """A router for the endpoints of one kind. Each may answer with 422 and 503."""
    return APIRouter(prefix=PREFIX, tags=[tag], responses=documented(422, 503), **options)
