"""The authenticated user of a request."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class User:
    """The user as described by the token. The account may have changed since it was issued."""

    id: int
    scopes: frozenset[str]
