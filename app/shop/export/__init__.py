"""Everything at once, for spreadsheets and other programs."""

from app.shop.export.router import router

__all__ = ["router"]
