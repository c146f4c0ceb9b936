"""Accounts as ORM objects."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from app.shop.accounts.authorization import EVERYONE
from app.shop.accounts.schemas import OwnAccount
from app.shop.models import Account

SHOWN = (selectinload(Account.posts), selectinload(Account.comments))


async def list_users(session: AsyncSession, limit: int, after: int = 0) -> Sequence[Account]:
    """At most ``limit`` accounts with ids above ``after``, by id, with their posts and comments."""
    query = select(Account).where(Account.id > after).order_by(Account.id).limit(limit)
    return (await session.scalars(query.options(*SHOWN))).all()


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
