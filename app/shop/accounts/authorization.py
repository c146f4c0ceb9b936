"""Authentication and authorization from the bearer token alone, without a query."""

from typing import Annotated, Any, Literal

from fastapi import Depends, HTTPException, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from app.shop.accounts.tokens import InvalidToken, read_token
from app.shop.accounts.user import User
from app.shop.settings import Settings

__all__ = ["EVERYONE", "CurrentUser", "Forbidden", "Unauthorized", "User", "requires"]

EVERYONE = frozenset({"community:write", "orders:write"})
"""Scopes of every account, in addition to those in its row."""

_bearer = HTTPBearer(
    bearerFormat="JWT",
    description="The `access_token` that `POST /api/auth/login` answers with.",
    auto_error=False,
)


class Unauthorized(HTTPException):
    """The request is not authenticated: 401, with a challenge as in RFC 6750."""

    def __init__(self, detail: str, error: Literal["invalid_token"] | None = None) -> None:
        challenge = "Bearer" if error is None else f'Bearer error="{error}"'
        super().__init__(401, detail, {"WWW-Authenticate": challenge})


class Forbidden(HTTPException):
    """The token lacks a required scope: 403, with the missing scopes."""

    def __init__(self, missing: list[str]) -> None:
        scopes = " ".join(missing)
        super().__init__(
            403,
            f"The token lacks the scope {scopes}.",
            {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scopes}"'},
        )


async def current_user(
    request: Request,
    needed: SecurityScopes,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> User:
    if credentials is None:
        raise Unauthorized("A bearer token is needed.")
    settings: Settings = request.app.state.settings
    try:
        user = read_token(credentials.credentials, settings)
    except InvalidToken as error:
        raise Unauthorized(str(error), "invalid_token") from None
    if missing := [scope for scope in needed.scopes if scope not in user.scopes]:
        raise Forbidden(missing)
    return user


def requires(*scopes: str) -> Any:
    """A dependency on the authenticated user, who must have all ``scopes``.

    Use it as ``Annotated[User, requires("catalog:write")]``. Otherwise the response is 401 or 403;
    document both with ``documented(401, 403)``.
    """
    return Security(current_user, scopes=scopes)


CurrentUser = Annotated[User, requires()]
