"""A seed that fails."""

from collections.abc import Callable


def fingerprint() -> str:
    return "cdcdcdcdcdcd"


async def seed(dsn: str, progress: Callable[[str, float], None] | None = None) -> None:  # noqa: ARG001
    raise ValueError("line 7 is damaged")
