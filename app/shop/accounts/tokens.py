"""Signed tokens (JWT) with the holder's id, scopes and expiry time."""

import re
import time

import jwt

from app.shop.accounts.user import User
from app.shop.fields import MAX_ID
from app.shop.settings import Settings

_ALGORITHM = "HS256"
_ISSUER = _AUDIENCE = "gift-shop"
_MAX_LENGTH = 4096
_ID = re.compile(r"[1-9][0-9]{0,9}")


class InvalidToken(Exception):
    """The token is invalid or has expired. The message is safe to return to the client."""


def issue_token(user: User, settings: Settings) -> str:
    """A token for ``user``, valid for ``settings.token_minutes``."""
    now = int(time.time())
    claims = {
        "iss": _ISSUER,
        "aud": _AUDIENCE,
        "sub": str(user.id),
        "scopes": sorted(user.scopes),
        "iat": now,
        "exp": now + settings.token_minutes * 60,
    }
    return jwt.encode(claims, settings.secret_key.get_secret_value(), _ALGORITHM)


def read_token(token: str, settings: Settings) -> User:
    """The user ``token`` was issued to. Raises ``InvalidToken``."""
    if len(token) > _MAX_LENGTH:
        raise InvalidToken("The token is not valid.")
    try:
        claims = jwt.decode(
            token,
            settings.secret_key.get_secret_value(),
            [_ALGORITHM],  # never the algorithm named in the token
            audience=_AUDIENCE,
            issuer=_ISSUER,
            options={
                "require": ["exp", "sub", "scopes"],
                "strict_aud": True,
                # The issuer's clock may be ahead of this one.
                "verify_iat": False,
            },
        )
    except jwt.ExpiredSignatureError:
        raise InvalidToken("The token has expired.") from None
    except jwt.InvalidTokenError:
        raise InvalidToken("The token is not valid.") from None
    return User(_read_id(claims["sub"]), _read_scopes(claims["scopes"]))


def _read_id(subject: str) -> int:
    # int() would also accept spaces, underscores and non-ASCII digits.
    if not _ID.fullmatch(subject) or int(subject) > MAX_ID:
        raise InvalidToken("The token is not valid.")
    return int(subject)


def _read_scopes(scopes: object) -> frozenset[str]:
    if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
        raise InvalidToken("The token is not valid.")
    return frozenset(scopes)
