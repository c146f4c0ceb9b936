"""What Python makes of a request's data between the query and the response."""

from dataclasses import dataclass, fields
from typing import Self


@dataclass(frozen=True, slots=True)
class Objects:
    """Objects that a request built, and conversions between them. Counts are the same on every
    machine.

    Only what SQLAlchemy, Pydantic and FastAPI build is counted: no dictionaries, no typed
    dictionaries, no objects of other libraries.
    """

    loaded: int = 0
    """ORM objects that SQLAlchemy built from rows."""
    validations: int = 0
    """Models and dataclasses that Pydantic built by validating data, those of a request's body and
    credentials included. An instance that passes validation as it is does not count."""
    constructed: int = 0
    """Models that ``model_construct`` built, without validation."""
    encoder_calls: int = 0
    """Calls of FastAPI's ``jsonable_encoder``, which calls itself for everything inside a value."""
    python_dumps: int = 0
    """Times that Pydantic converted a value to dictionaries, lists and other plain objects."""
    json_dumps: int = 0
    """Times that Pydantic wrote a value as JSON."""
    unattributed: int = 0
    """Objects that were built or encoded meanwhile on behalf of no request."""

    @property
    def built(self) -> int:
        """ORM objects and models together."""
        return self.loaded + self.validations + self.constructed

    def __add__(self, other: Self) -> Self:
        return type(self)(
            **{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)}
        )
