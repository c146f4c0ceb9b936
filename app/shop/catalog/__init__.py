"""Products and categories."""

from app.shop.catalog.router import router

__all__ = ["router"]
