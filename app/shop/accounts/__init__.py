"""Who buys, writes and administers."""

from app.shop.accounts.router import router

__all__ = ["router"]
