"""Posts and comments as the API shows them."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from app.shop.fields import Body, Id


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


class NewComment(BaseModel):
    """What it takes to comment on a post."""

    model_config = ConfigDict(extra="forbid")

    author_id: Id
    body: Body
