"""Sales reports."""

from app.shop.reports.router import router

__all__ = ["router"]
