"""An account as an object."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.shop.accounts.authorization import EVERYONE
from app.shop.accounts.schemas import OwnAccount
from app.shop.models import Account


async def find_own_account(session: AsyncSession, account_id: int) -> OwnAccount | None:
    """The account as its owner may see it."""
    account = await session.get(Account, account_id)
    if account is None:
        return None
    return OwnAccount(
        id=account.id,
        email=account.email,
        full_name=account.full_name,
        country=account.country,
        scopes=sorted(EVERYONE.union(account.scopes)),
        created_at=account.created_at,
    )
