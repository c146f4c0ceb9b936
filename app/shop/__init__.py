"""The shop: a JSON API over a gift shop's products, orders and reviews."""

from app.shop.application import create_app

__all__ = ["create_app"]
