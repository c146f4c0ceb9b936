"""Numbers in sentences."""


def count_of(count: int, thing: str) -> str:
    """``1 round``, ``1,200 rounds``."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
