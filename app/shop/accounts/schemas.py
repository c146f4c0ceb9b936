"""Schemas of accounts and logins."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, Secret

from app.shop.fields import WITHOUT_NUL

# The inner type is constrained: SecretStr accepts lone surrogates, which cannot be hashed.
Password = Secret[Annotated[str, Field(min_length=1, max_length=1024)]]


class UserPost(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int = Field(examples=[1])
    title: str = Field(examples=["A cup for every day"])


class UserComment(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int = Field(examples=[1])
    post_id: int = Field(examples=[1])
    body: str = Field(examples=["Mine arrived within two days."])


class User(BaseModel):
    """The public profile of an account, with its posts and comments, oldest first."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(examples=[1])
    full_name: str = Field(examples=["Robin Test"])
    country: str = Field(examples=["United Kingdom"])
    posts: list[UserPost]
    comments: list[UserComment]


class OwnAccount(BaseModel):
    """An account as its owner may see it."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: int = Field(examples=[1])
    email: str = Field(examples=["test@example.com"])
    full_name: str = Field(examples=["Robin Test"])
    country: str = Field(examples=["United Kingdom"])
    scopes: list[str] = Field(examples=[["catalog:write", "community:write", "orders:write"]])
    """The scopes a token gets if it is issued now."""
    created_at: datetime = Field(examples=["2010-12-01T08:26:00Z"])


class Login(BaseModel):
    """An email address and the password that goes with it."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(
        min_length=1, max_length=254, pattern=WITHOUT_NUL, examples=["test@example.com"]
    )
    password: Password = Field(
        examples=["testpass123"], json_schema_extra={"format": "password", "writeOnly": True}
    )


class Token(BaseModel):
    """A bearer token."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    access_token: str = Field(examples=["eyJhbGciOiJIUzI1NiIs…"])
    token_type: Literal["bearer"] = "bearer"
    expires_in: int = Field(examples=[3600])
    """Seconds until the token expires."""
