"""Are the work counters exact over a long run? PostgreSQL and Redis keep counts of their own."""

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
"""Statements that SQLAlchemy makes on an engine's first connection; they carry no mark."""
STATEMENTS, SESSIONS, COMMANDS = "SQL statements", "connections opened", "Redis commands (STRLEN)"
SOURCES = {
    STATEMENTS: "PostgreSQL's statement log",
    SESSIONS: "pg_stat_database",
    COMMANDS: "INFO commandstats",
}
Counts = dict[str, int]


async def run(scale: Scale) -> Finding:
    """Load until so many requests were made; then the lab's counts beside the servers' own."""
    with connect("benchmark of the tool") as client:
        if client.postgres.origin == "DATABASE_URL":
            raise LookupError("The statement log of a PostgreSQL that is not ours cannot be read.")
        lease = client.lease()
        settings = Settings(
            database_url=lease.database_url,
            redis_url=lease.redis_url,
            redis_prefix=lease.redis_prefix,
        )
        async with witnesses(client, lease) as say:
            before = await say()
            server = await asyncio.to_thread(Server, counted(settings))
            sent = await send(server.url, scale.requests)
            await asyncio.to_thread(server.stop)
            after = await say()
    work = server.ledger.total
    ours = {STATEMENTS: work.statements, SESSIONS: work.connections, COMMANDS: work.redis_commands}
    theirs = {name: after[name] - before[name] for name in after}
    theirs[STATEMENTS] += SET_UP
    rows = [["requests", f"{work.requests:,}", f"{sent:,}", "the load generator"]]
    rows += [[n, f"{ours[n]:,}", f"{theirs[n]:,}", SOURCES[n]] for n in theirs]
    return Finding(
        claim=f"The counters are exact over {scale.requests:,} requests at {CONNECTIONS} "
        "connections.",
        met=work.requests == sent >= scale.requests and all(ours[n] == theirs[n] for n in theirs),
        seen=table(["", "counted by the lab", "by the other side", "which is"], *rows),
        remark=f"{SET_UP} statements are SQLAlchemy's on an engine's first connection. The log was "
        "switched on for the database copy of this run only.",
    )


async def send(url: str, requests: int) -> int:
    """Load until at least so many requests have been made; how many it were."""
    sent = 0
    async with LoadProcess() as load:
        while sent < requests:
            window = await load.window(url, connections=CONNECTIONS, seconds=0.5)
            sent += window.requests + window.failed
    return sent


@asynccontextmanager
async def witnesses(client: Client, lease: Lease) -> AsyncIterator[Callable[[], Awaitable[Counts]]]:
    """Yields what asks the servers for their own counts so far. Redis only where there is one."""
    admin = await asyncpg.connect(client.postgres.url)
    redis = Redis.from_url(lease.redis_url) if lease.redis_url else None
    log = find_instance(load_seed().fingerprint()).directory / "postgres.log"

    async def say() -> Counts:
        await asyncio.sleep(0.2)  # a backend reports its end a moment after it
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
        yield say
        await admin.execute(f'ALTER DATABASE "{lease.database}" RESET log_statement')
    finally:
        await admin.close()
        if redis:
            await redis.aclose()


def marked_lines(log: Path) -> int:
    """How often the log has the mark of ``counted``'s statements."""
    return log.read_text(errors="replace").count(MARK)
