"""Everything at once, for spreadsheets and other programs."""

from app.shop.export.router import open_exports, router

__all__ = ["open_exports", "router"]
