"""A server's environment variables: its database, port, number of processes and pool size.

Every driver (asyncpg, psycopg, pg and pgx) reads libpq's variables.
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
        # By default, some drivers would encrypt local connections and some would not.
        **({"PGSSLMODE": ssl} if ssl else {"PGSSLMODE": "disable"} if local else {}),
    }


def server_variables(
    database: Mapping[str, str], *, port: int, processes: int, connections: int
) -> dict[str, str]:
    """The environment of a server. ``connections`` is the total for all its processes."""
    return {
        **database,
        "PORT": str(port),
        "WEB_CONCURRENCY": str(processes),
        "POOL_SIZE": str(max(connections // processes, 1)),
        # It signs nothing here, but Django and the shop require one.
        "SECRET_KEY": "of no use to anyone, 32 characters",
    }
