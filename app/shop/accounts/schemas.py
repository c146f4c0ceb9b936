"""Accounts as anyone may see them: no address, no password, no scopes."""

from pydantic import BaseModel, ConfigDict


class UserPost(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str


class UserComment(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    post_id: int
    body: str


class User(BaseModel):
    """An account with what it wrote, oldest first."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    full_name: str
    country: str
    posts: list[UserPost]
    comments: list[UserComment]
