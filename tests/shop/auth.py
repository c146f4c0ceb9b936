"""Authenticated requests without a login, which would hash a password."""

from app.shop.accounts.authorization import User
from app.shop.accounts.tokens import issue_token
from app.shop.settings import Settings


def bearer(account_id: int = 1, *scopes: str, settings: Settings | None = None) -> dict[str, str]:
    """Headers with a valid token of the account, for exactly these scopes.

    Without ``settings``, the token is valid for applications with the default secret.
    """
    user = User(account_id, frozenset(scopes))
    return {"Authorization": f"Bearer {issue_token(user, settings or Settings())}"}
