"""Calls the function that a learner has written to open the database."""

from collections.abc import Callable

from app.shop.database import Database
from app.shop.settings import Settings


def opened(open_database: Callable[[Settings], Database], settings: Settings) -> Database:
    """What the function returns. Raises ``TypeError`` if that is no ``Database``."""
    database = open_database(settings)
    if not isinstance(database, Database):
        raise TypeError(f"your function returned {type(database).__name__}, not a Database")
    return database
