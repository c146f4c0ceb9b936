"""The dashboard of an account."""

from app.shop.dashboard.router import router

__all__ = ["router"]
