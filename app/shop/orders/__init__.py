"""Orders."""

from app.shop.orders.router import router

__all__ = ["router"]
