"""Product reviews and comments on them."""

from app.shop.community.router import router

__all__ = ["router"]
