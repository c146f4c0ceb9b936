"""The data set, loaded into the shop's tables. What becomes of its rows is stated in rules.py."""

from collections.abc import Callable

from app.lab.services.seed.fingerprint import fingerprint

__all__ = ["fingerprint", "seed"]


async def seed(dsn: str, progress: Callable[[str, float], None] | None = None) -> None:
    """Fill the empty database at ``dsn`` (asyncpg's form) with the shop's tables and rows.

    ``progress`` is called with what is being done and the fraction of the work behind it (0 to 1).
    Raises CourseError when the data set is missing, asyncpg's errors when the server objects.
    """
    # Not above: a fingerprint should not cost the start-up of SQLAlchemy.
    from app.lab.services.seed.load import load_shop

    await load_shop(dsn, progress or _say_nothing)


def _say_nothing(_text: str, _fraction: float) -> None:
    """The progress of a seed that nobody watches."""
