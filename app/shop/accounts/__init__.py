"""Who buys, writes and administers."""

from app.shop.accounts import login
from app.shop.accounts.router import router

__all__ = ["login", "router"]
