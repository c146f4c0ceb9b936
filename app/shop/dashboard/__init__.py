"""What someone sees first."""

from app.shop.dashboard.router import router

__all__ = ["router"]
