"""Accounts, authentication and authorization."""

from app.shop.accounts import login
from app.shop.accounts.router import router

__all__ = ["login", "router"]
