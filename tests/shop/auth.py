"""Requests on someone's behalf, without logging in: a login hashes, and most tests need none."""

from app.shop.accounts.authorization import User
from app.shop.accounts.tokens import issue_token
from app.shop.settings import Settings


def bearer(account_id: int = 1, *scopes: str, settings: Settings | None = None) -> dict[str, str]:
    """Headers with a valid token of the account, for these scopes and no others.

    Without ``settings``, for an application with the default secret, as all fixtures here have.
    """
    user = User(account_id, frozenset(scopes))
    return {"Authorization": f"Bearer {issue_token(user, settings or Settings())}"}
