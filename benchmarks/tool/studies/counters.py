"""Are the work counters exact over a long run? Compares them with PostgreSQL's and Redis's own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from redis.asyncio import Redis

from app.lab.load import LoadProcess
from app.lab.services import Client, Lease, connect
from app.lab.services.paths import find_instance
from app.lab.services.seeding import load_seed
from app.lab.serving.server import Server
from app.shop.settings import Settings
from benchmarks.tool.apps import MARK, counted
from benchmarks.tool.finding import Finding, Scale, table

CONNECTIONS = 32
SET_UP = 4
"""Statements, without the mark, that SQLAlchemy executes on an engine's first connection."""
STATEMENTS, SESSIONS, COMMANDS = "SQL statements", "connections opened", "Redis commands (STRLEN)"
SOURCES = {
    STATEMENTS: "PostgreSQL's statement log",
    SESSIONS: "pg_stat_database",
    COMMANDS: "INFO commandstats",
}
Counts = dict[str, int]


async def run(scale: Scale) -> Finding:
    """Send the requests; then compare the lab's counts with the servers' own."""
    with connect("benchmark of the tool") as client:
        if client.postgres.origin == "DATABASE_URL":
            raise LookupError("The statement log of an external PostgreSQL cannot be read.")
        lease = client.lease()
        settings = Settings(
            database_url=lease.database_url,
            redis_url=lease.redis_url,
            redis_prefix=lease.redis_prefix,
        )
        async with server_counts(client, lease) as read_counts:
            before = await read_counts()
            server = await asyncio.to_thread(Server, counted(settings))
            sent = await send(server.url, scale.requests)
            await asyncio.to_thread(server.stop)
            after = await read_counts()
    work = server.ledger.total
    ours = {STATEMENTS: work.statements, SESSIONS: work.connections, COMMANDS: work.redis_commands}
    theirs = {name: after[name] - before[name] for name in after}
    theirs[STATEMENTS] += SET_UP
    rows = [["requests", f"{work.requests:,}", f"{sent:,}", "the load generator"]]
    rows += [[n, f"{ours[n]:,}", f"{theirs[n]:,}", SOURCES[n]] for n in theirs]
    return Finding(
        claim=f"The counters are exact over {scale.requests:,} requests at {CONNECTIONS} "
        "connections.",
        holds=work.requests == sent >= scale.requests and all(ours[n] == theirs[n] for n in theirs),
        evidence=table(["", "counted by the lab", "counted independently", "by"], *rows),
        remark=f"SQLAlchemy executes {SET_UP} of the statements on an engine's first connection. "
        "The log was switched on only for this run's copy of the database.",
    )


async def send(url: str, requests: int) -> int:
    """Send load until at least ``requests`` have been made; returns their exact number."""
    sent = 0
    async with LoadProcess() as load:
        while sent < requests:
            window = await load.window(url, connections=CONNECTIONS, seconds=0.5)
            sent += window.requests + window.failed
    return sent


@asynccontextmanager
async def server_counts(
    client: Client, lease: Lease
) -> AsyncIterator[Callable[[], Awaitable[Counts]]]:
    """Yields a function that reads the servers' own counts, of Redis only if there is one."""
    admin = await asyncpg.connect(client.postgres.url)
    redis = Redis.from_url(lease.redis_url) if lease.redis_url else None
    log = find_instance(load_seed().fingerprint()).directory / "postgres.log"

    async def read_counts() -> Counts:
        await asyncio.sleep(0.2)  # a backend reports its statistics shortly after it exits
        query = "SELECT sessions FROM pg_stat_database WHERE datname = $1"
        counts = {
            STATEMENTS: await asyncio.to_thread(marked_lines, log),
            SESSIONS: int(await admin.fetchval(query, lease.database)),
        }
        if redis:
            stats = await redis.info("commandstats")
            counts[COMMANDS] = int(stats.get("cmdstat_strlen", {}).get("calls", 0))
        return counts

    try:
        await admin.execute(f"ALTER DATABASE \"{lease.database}\" SET log_statement = 'all'")
        yield read_counts
        await admin.execute(f'ALTER DATABASE "{lease.database}" RESET log_statement')
    finally:
        await admin.close()
        if redis:
            await redis.aclose()


def marked_lines(log: Path) -> int:
    """How often the mark of ``counted``'s statements occurs in the log."""
    return log.read_text(errors="replace").count(MARK)
