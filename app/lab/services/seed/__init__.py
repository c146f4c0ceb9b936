"""Loads the data set into the shop's tables. rules.py states what becomes of its rows."""

from collections.abc import Callable

from app.lab.services.seed.fingerprint import fingerprint

__all__ = ["fingerprint", "seed"]


async def seed(dsn: str, progress: Callable[[str, float], None] | None = None) -> None:
    """Fill the empty database at ``dsn`` (as asyncpg accepts it) with the shop's tables and rows.

    ``progress`` is called with the current step and the fraction done (0 to 1). Raises
    ``CourseError`` if the data set is missing, and asyncpg's errors if the server fails.
    """
    # Imported here, so that a fingerprint does not cost the import of SQLAlchemy.
    from app.lab.services.seed.load import load_shop

    await load_shop(dsn, progress or _no_progress)


def _no_progress(_text: str, _fraction: float) -> None:
    pass
