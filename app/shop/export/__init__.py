"""Exports of whole tables as JSON Lines, JSON and CSV."""

from app.shop.export.router import open_exports, router

__all__ = ["open_exports", "router"]
