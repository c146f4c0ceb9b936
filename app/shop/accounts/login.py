"""Login: issues a token for an email address and a password."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Request

from app.shop.accounts import queries
from app.shop.accounts.authorization import EVERYONE, Unauthorized
from app.shop.accounts.passwords import Passwords
from app.shop.accounts.schemas import Login, Token
from app.shop.accounts.tokens import issue_token
from app.shop.accounts.user import User
from app.shop.api import api_router
from app.shop.dependencies import DatabaseDep
from app.shop.errors import documented
from app.shop.settings import Settings


@asynccontextmanager
async def open_passwords(app: FastAPI) -> AsyncIterator[None]:
    """Part of the lifespan: opens and closes the password threads."""
    app.state.passwords = passwords = Passwords()
    try:
        yield
    finally:
        passwords.close()


async def get_passwords(request: Request) -> Passwords:
    passwords: Passwords = request.app.state.passwords
    return passwords


router = api_router("accounts")


@router.post("/auth/login", responses=documented(400, 401))
async def log_in(
    request: Request,
    database: DatabaseDep,
    passwords: Annotated[Passwords, Depends(get_passwords)],
    login: Login,
) -> Token:
    """A token for the account with this email address and password.

    Send it as `Authorization: Bearer …`. The response does not reveal whether the address or the
    password is wrong.
    """
    settings: Settings = request.app.state.settings
    # The connection is released before the password is checked.
    account = await queries.find_credentials(database, login.email)
    right, new_hash = await passwords.check(
        login.password.get_secret_value(), account and account.password_hash
    )
    if account is None or not right:
        raise Unauthorized("The email address or the password is wrong.")
    if new_hash is not None:
        await queries.replace_hash(database, account, new_hash)
    user = User(account.id, EVERYONE.union(account.scopes))
    return Token(access_token=issue_token(user, settings), expires_in=settings.token_minutes * 60)
