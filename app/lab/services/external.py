"""External servers, given by DATABASE_URL and REDIS_URL, which we neither start nor stop."""

import re
from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

from app.lab.services.binaries import MIN_MAJOR
from app.lab.services.errors import ServicesError

CONNECT_SECONDS = 15.0


def plain_url(url: str) -> str:
    """``url`` in the form that asyncpg accepts, whichever driver it names."""
    scheme, colon, rest = url.partition("://")
    if not colon or not re.fullmatch(r"postgres(ql)?(\+\w+)?", scheme):
        raise ServicesError(
            "DATABASE_URL must look like postgresql://user:password@host:5432/database. Correct "
            "it, or unset it to use the course's own PostgreSQL."
        )
    # SQLAlchemy's asyncpg dialect says ssl where libpq and asyncpg say sslmode.
    return _build_url("postgresql", urlsplit(f"postgresql://{rest}"), {"ssl": "sslmode"})


def sqlalchemy_url(url: str, database: str) -> str:
    """``url`` with another database, in the form that ``create_async_engine`` accepts."""
    parts = urlsplit(url)._replace(path=f"/{quote(database)}")
    return _build_url("postgresql+asyncpg", parts, {"sslmode": "ssl"})


def with_database(url: str, database: str) -> str:
    """``url`` with another database, in the form that asyncpg accepts."""
    return _build_url("postgresql", urlsplit(url)._replace(path=f"/{quote(database)}"), {})


def _build_url(scheme: str, parts: SplitResult, renamed: Mapping[str, str]) -> str:
    """Not with ``urlunsplit``, which drops the slashes before an empty host."""
    query = [
        (renamed.get(name, name), value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    text = urlencode(query, quote_via=quote, safe="")
    return f"{scheme}://{parts.netloc}{parts.path}{'?' if text else ''}{text}"


def without_password(url: str) -> str:
    return re.sub(r"(?<=://)([^/@:]*):[^/@]*@", r"\1@", url)


async def check_postgres(url: str) -> str:
    """The name of the server at ``url``. Raises ``ServicesError`` if it is unfit for the course."""
    import asyncpg

    named = without_password(url)
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    except asyncpg.PostgresError as error:
        raise ServicesError(
            f"PostgreSQL at {named} (DATABASE_URL) refuses the connection: {error}."
        ) from None
    except (OSError, TimeoutError, ValueError, asyncpg.InterfaceError) as error:
        raise ServicesError(
            f"PostgreSQL at {named} (DATABASE_URL) cannot be reached: "
            f"{error or 'no answer'}. Start it, correct the address, or unset DATABASE_URL."
        ) from None
    try:
        if connection.get_server_version().major < MIN_MAJOR:
            raise ServicesError(
                f"PostgreSQL at {named} (DATABASE_URL) is older than version {MIN_MAJOR}. "
                "Use a newer one, or unset DATABASE_URL."
            )
        allowed = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
        if not await connection.fetchval(allowed):
            user = await connection.fetchval("SELECT quote_ident(current_user)")
            raise ServicesError(
                f"PostgreSQL at {named} (DATABASE_URL) does not allow {user} to create databases. "
                f"Ask an administrator to run: ALTER ROLE {user} CREATEDB"
            )
        return f"PostgreSQL {await connection.fetchval('SHOW server_version')}"
    finally:
        await connection.close(timeout=5)


async def check_redis(url: str) -> str:
    """The name of the server at ``url``. Raises ``ServicesError`` if it does not answer."""
    from redis.exceptions import RedisError

    from app.lab.services.redis_server import check

    named = without_password(url)
    try:
        return await check(url)
    except (RedisError, OSError, ValueError) as error:
        reason = str(error).rstrip(".") or "no answer"
        raise ServicesError(
            f"Redis at {named} (REDIS_URL) cannot be used: {reason}. "
            "Start it, correct the address, or unset REDIS_URL."
        ) from None
