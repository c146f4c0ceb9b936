"""Schemas of posts and comments."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.shop.fields import WITHOUT_NUL, Body, Id

Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=WITHOUT_NUL),
]


class Author(BaseModel):
    """The public part of an account."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    full_name: str


class ReviewedProduct(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str


class Comment(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    body: str
    author: Author


class Post(BaseModel):
    """A review of a product, with its comments, oldest first."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str
    body: str
    rating: int
    created_at: datetime
    author: Author
    product: ReviewedProduct
    comments: list[Comment]


class NewPost(BaseModel):
    """A new review of a product. The author is the authenticated user."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "product_id": 1,
                    "title": "Lovely in the window",
                    "body": "Well made, and the ribbon is long enough.",
                    "rating": 5,
                }
            ]
        },
    )

    product_id: Id
    title: Title
    body: Body
    rating: Annotated[int, Field(ge=1, le=5)]


class NewComment(BaseModel):
    """A new comment on a post. The author is the authenticated user."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"body": "Thank you, that helped me."}]}
    )

    body: Body
