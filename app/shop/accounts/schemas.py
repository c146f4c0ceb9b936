"""Accounts as the API shows them, and what it takes to log in."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, Secret

from app.shop.fields import WITHOUT_NUL

# Bounded inside: SecretStr itself accepts half of a surrogate pair, which cannot be hashed.
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
    """An account as anyone may see it: no address, no password, no scopes. With what it wrote,
    oldest first."""

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
    """What a token for this account may do if it is issued now."""
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
    """What a request is sent with to be made on someone's behalf."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    access_token: str = Field(examples=["eyJhbGciOiJIUzI1NiIs…"])
    token_type: Literal["bearer"] = "bearer"
    expires_in: int = Field(examples=[3600])
    """Seconds from now until it is no longer valid."""
