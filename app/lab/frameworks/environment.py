"""What a server is told by its environment: the database in libpq's variables, its port, its size.

Every driver reads libpq's variables: asyncpg, psycopg, pg and pgx.
"""

from collections.abc import Mapping

from sqlalchemy.engine import make_url

LOCAL = ("127.0.0.1", "::1", "localhost")


def libpq_variables(database_url: str) -> dict[str, str]:
    """The database at ``database_url`` as ``PGHOST``, ``PGPORT`` …"""
    url = make_url(database_url)
    query = {name: value for name, value in url.query.items() if isinstance(value, str)}
    host = url.host or query.get("host") or "127.0.0.1"
    ssl = query.get("ssl") or query.get("sslmode")
    local = host in LOCAL or host.startswith("/")
    return {
        "PGHOST": host,
        "PGPORT": str(url.port or query.get("port") or 5432),
        "PGUSER": url.username or "postgres",
        "PGPASSWORD": url.password or "",
        "PGDATABASE": url.database or "postgres",
        # Left to themselves some drivers would encrypt what stays on this machine, and some not.
        **({"PGSSLMODE": ssl} if ssl else {"PGSSLMODE": "disable"} if local else {}),
    }


def server_variables(
    database: Mapping[str, str], *, port: int, processes: int, connections: int
) -> dict[str, str]:
    """All that a server reads. ``connections`` are those of all its processes together."""
    return {
        **database,
        "PORT": str(port),
        "WEB_CONCURRENCY": str(processes),
        "POOL_SIZE": str(max(connections // processes, 1)),
        # Signs nothing here; Django and the shop want one.
        "SECRET_KEY": "of no use to anyone, 32 characters",
    }
