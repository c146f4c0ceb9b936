"""Who a request comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class User:
    """What a token says of its holder. The account itself may have changed since."""

    id: int
    scopes: frozenset[str]
