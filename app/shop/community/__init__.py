"""Reviews of products, with comments."""

from app.shop.community.router import router

__all__ = ["router"]
