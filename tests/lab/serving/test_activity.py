"""What PostgreSQL says about the connections of a database."""

import asyncio

import asyncpg

from app.lab.services.external import plain_url
from app.lab.serving.activity import activity
from app.shop.settings import Settings


async def test_who_waits_for_what_and_holds_a_snapshot(settings: Settings) -> None:
    url = settings.database_url
    connection = await asyncpg.connect(plain_url(url))
    pid = connection.get_server_pid()

    async def found() -> tuple[str, str, bool] | None:
        seen = [one for one in await activity(url) if one.pid == pid]
        return (seen[0].state, seen[0].waits_for, seen[0].holds_snapshot) if seen else None

    assert await found() is None
    async with connection.transaction(isolation="repeatable_read"):
        await connection.execute("SELECT 1 FROM products")
        assert await found() == ("idle in transaction", "ClientRead", True)
        assert "SELECT 1 FROM products" in str(await activity(url))
    assert await found() is None
    sleeping = asyncio.ensure_future(connection.execute("SELECT pg_sleep(60)"))
    try:
        async with asyncio.timeout(30):
            while await found() != ("active", "PgSleep", True):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    finally:
        sleeping.cancel()
        await asyncio.wait([sleeping])
        await connection.close()


async def test_nothing_is_said_in_a_sentence(settings: Settings) -> None:
    others = {one.pid for one in await activity(settings.database_url)}
    assert not others
    assert "No statement is running" in str(await activity(settings.database_url))
