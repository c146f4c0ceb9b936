"""Types of request values, limited to what PostgreSQL can store."""

from typing import Annotated

from fastapi import Query
from pydantic import Field, StringConstraints

MAX_ID = 2**31 - 1
"""The largest value of an ``integer`` column."""

Id = Annotated[int, Field(ge=0, le=MAX_ID)]

# PostgreSQL's text type accepts every character except NUL.
WITHOUT_NUL = r"^[^\x00]*$"

Body = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000, pattern=WITHOUT_NUL),
]

Country = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=100,
        pattern=WITHOUT_NUL,
        description="Only orders from this country",
        examples=["United Kingdom"],
    ),
]
