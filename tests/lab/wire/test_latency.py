"""PostgreSQL and Redis at a distance: what takes longer by how much, and what stays as it is.

Times are compared with what no machine can be faster than, or with each other in one run.
"""

import asyncio
import socket
import ssl
import struct
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.course.network import Network
from app.course.work import Work
from app.lab.serving.exchange import exchange
from app.lab.serving.server import Server
from app.lab.wire.latency import Latency
from app.shop.cache.redis import RedisCache
from tests.lab.wire.conftest import Count, served

DELAY = 0.02
FAR = Network(delay=DELAY)


async def took(work: Awaitable[object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


async def in_turn(ask: Callable[[], Awaitable[object]], times: int) -> None:
    for _ in range(times):
        await ask()


async def at_once(ask: Callable[[], Awaitable[object]], times: int) -> None:
    await asyncio.gather(*(ask() for _ in range(times)))


# PostgreSQL.


async def test_round_trips_in_turn_take_a_delay_each(engine: AsyncEngine, count: Count) -> None:
    async def handler() -> None:
        async with engine.connect() as connection:
            for number in range(10):
                await connection.execute(text(f"SELECT {number}"))

    seen = await count(handler, engine, network=FAR)
    assert seen.work.round_trips == 12  # BEGIN, ten statements, ROLLBACK
    assert seen.seconds >= 12 * DELAY


async def test_the_waterfall_shows_each_delay(engine: AsyncEngine, count: Count) -> None:
    async def handler() -> None:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    spans = (await count(handler, engine, network=FAR)).spans
    assert [span.kind for span in spans] == ["transaction", "statement", "transaction"]
    assert all(span.end - span.start >= DELAY for span in spans)


async def test_a_connection_takes_a_delay_for_each_step(dsn: str, count: Count) -> None:
    async def handler() -> None:
        connection = await asyncpg.connect(dsn)
        await connection.close()

    (span,) = (await count(handler, warm=False, network=FAR)).spans
    assert span.kind == "connect"
    assert span.end - span.start >= 2 * DELAY  # the handshake, and the start-up messages


async def test_round_trips_at_once_overlap(dsn: str, count: Count) -> None:
    async def handler() -> list[float]:
        async with asyncpg.create_pool(dsn, min_size=10, max_size=10) as pool:

            async def ask() -> None:
                await pool.fetchval("SELECT 1")

            await at_once(ask, 10)
            return [await took(in_turn(ask, 10)), await took(at_once(ask, 10))]

    seen = await count(handler, warm=False, network=Network(delay=0.05))
    in_turn_seconds, at_once_seconds = seen.answer
    assert in_turn_seconds >= 10 * 0.05
    assert at_once_seconds < in_turn_seconds


async def test_a_pool_filled_at_start_up_is_far_away_too(dsn: str) -> None:
    pools: list[asyncpg.Pool[asyncpg.Record]] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(dsn, min_size=3, max_size=3) as pool:
            pools.append(pool)
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    async def handler() -> None:
        await pools[0].fetchval("SELECT 1")

    with Server(app, network=FAR) as server:
        spans = (await exchange(server, "/")).spans
    assert spans[0].text == "SELECT 1"
    assert spans[0].end - spans[0].start >= DELAY


async def test_what_runs_in_the_background_is_far_away_too(dsn: str) -> None:
    seconds: list[float] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async def work() -> None:
            connection = await asyncpg.connect(dsn)
            seconds.append(await took(connection.fetchval("SELECT 1")))
            await connection.close()

        await asyncio.create_task(work())
        yield

    with Server(FastAPI(lifespan=lifespan), network=FAR):
        assert seconds[0] >= DELAY


async def test_a_large_copy_is_delayed_as_a_whole(dsn: str, count: Count) -> None:
    """Chunk after chunk, it would take longer than the twenty round trips beside it."""

    async def handler() -> dict[str, object]:
        copying, asking = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
        ended: list[str] = []

        async def copy() -> int:
            sink = BytesIO()
            await copying.copy_from_query(
                "SELECT repeat('x', 1000) FROM generate_series(1, 10000)", output=sink
            )
            ended.append("copy")
            return len(sink.getvalue())

        async def ask() -> None:
            await in_turn(lambda: asking.fetchval("SELECT 1"), 20)
            ended.append("round trips")

        size, _ = await asyncio.gather(copy(), ask())
        await copying.close()
        await asking.close()
        return {"size": size, "ended": ended}

    seen = await count(handler, warm=False, network=Network(delay=0.1))
    assert seen.answer == {"size": 10_010_000, "ended": ["copy", "round trips"]}


async def test_a_slow_reader_gets_everything_in_order(dsn: str, count: Count) -> None:
    """asyncpg stops reading while ``sink`` is busy; what is under way then has to wait."""

    async def handler() -> bool:
        connection = await asyncpg.connect(dsn)
        received = bytearray()

        async def sink(data: bytes) -> None:
            await asyncio.sleep(0.001)
            received.extend(data)

        query = "SELECT g FROM generate_series(1, 200000) AS g"
        await connection.copy_from_query(query, output=sink)
        await connection.close()
        return received.split() == [b"%d" % number for number in range(1, 200_001)]

    seen = await count(handler, warm=False, network=Network(delay=0.002))
    assert seen.answer is True


async def test_many_small_messages_keep_their_order(dsn: str, count: Count) -> None:
    async def handler() -> bool:
        listening, telling = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
        heard: list[int] = []
        everything = asyncio.Event()

        def hear(*message: object) -> None:
            heard.append(int(str(message[-1])))
            if len(heard) == 500:
                everything.set()

        await listening.add_listener("told", hear)
        await telling.execute(
            "DO $$ BEGIN FOR n IN 1..500 LOOP PERFORM pg_notify('told', n::text); END LOOP; END $$"
        )
        await everything.wait()
        await listening.close()
        await telling.close()
        return heard == list(range(1, 501))

    assert (await count(handler, warm=False, network=FAR)).answer is True


async def many_kinds_of_work(dsn: str, redis_url: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("CREATE TEMP TABLE t (a int)")
    await connection.copy_to_table("t", source=BytesIO(b"1\n" * 20_000))
    await connection.executemany("INSERT INTO t VALUES ($1)", [(n,) for n in range(2000)])
    await connection.fetch("SELECT * FROM t")
    await connection.copy_from_query("SELECT * FROM t", output=BytesIO())
    await connection.close()
    async with Redis.from_url(redis_url) as client:
        await asyncio.gather(*(client.ping() for _ in range(10)))


async def test_the_counters_are_the_same(dsn: str, redis_url: str, count: Count) -> None:
    async def handler() -> str:
        await many_kinds_of_work(dsn, redis_url)
        return "x" * 100_000

    async def work(network: Network | None) -> Work:
        seen = (await count(handler, warm=False, network=network)).work
        # What Redis says of a new connection includes its number.
        return replace(seen, redis_bytes=0)

    far = Network(delay=0.005, megabits_per_second=100)
    here = await work(None)
    assert here.rows > 60_000
    assert await work(far) == here


async def test_a_cancelled_statement_leaves_the_pool_usable(dsn: str, count: Count) -> None:
    async def handler() -> int:
        async with asyncpg.create_pool(dsn, min_size=1, max_size=1) as pool:
            for _ in range(3):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(DELAY / 2):
                        await pool.fetchval("SELECT 1")
            answer: int = await pool.fetchval("SELECT 42")
            return answer

    assert (await count(handler, warm=False, network=FAR)).answer == 42


async def test_a_connection_given_up_while_it_opens_is_closed(dsn: str) -> None:
    async def handler() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await asyncpg.connect(dsn)

    with served(handler, network=Network(delay=0.2)) as server:
        assert (await exchange(server, "/")).status == 200
        assert server.ledger.open_connections == 0


async def test_a_connection_that_postgresql_closes_is_lost(dsn: str, count: Count) -> None:
    async def handler() -> str:
        victim, other = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
        waiting = asyncio.ensure_future(victim.execute("SELECT pg_sleep(60)"))
        await other.fetchval("SELECT pg_terminate_backend($1)", victim.get_server_pid())
        await other.close()
        with pytest.raises(asyncpg.ConnectionDoesNotExistError) as raised:
            await waiting
        return str(raised.value)

    here, far = [(await count(handler, warm=False, network=one)).answer for one in (None, FAR)]
    assert far == here


async def test_the_last_data_arrive_before_the_end(count: Count) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"x" * 1_000_000)
        writer.close()

    async def handler() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        received = await reader.read()
        writer.close()
        return len(received)

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        assert (await count(handler, network=FAR)).answer == 1_000_000


async def test_a_reset_arrives_behind_the_data(count: Count) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        await writer.drain()
        await asyncio.sleep(0.05)  # else the reset overtakes the data already in the kernel
        opened = writer.get_extra_info("socket")
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()

    async def handler() -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        received = await reader.readexactly(5)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()
        return received.decode()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        assert (await count(handler, warm=False, network=Network(delay=0.5))).answer == "hello"


async def test_nobody_listens_where_nothing_answers(count: Count) -> None:
    async def handler() -> str:
        try:
            await asyncio.open_connection("127.0.0.1", 1)
        except OSError as error:
            return type(error).__name__
        return "connected"

    assert (await count(handler, network=FAR)).answer == "ConnectionRefusedError"


# Redis.


async def test_redis_commands_in_turn_and_at_once(redis_url: str, count: Count) -> None:
    async def handler() -> list[float]:
        async with Redis.from_url(redis_url) as client:
            await at_once(client.ping, 10)
            return [await took(in_turn(client.ping, 10)), await took(at_once(client.ping, 10))]

    seen = await count(handler, network=FAR)
    in_turn_seconds, at_once_seconds = seen.answer
    assert in_turn_seconds >= 10 * DELAY
    assert at_once_seconds < in_turn_seconds
    pings = [span for span in seen.spans if span.text == "PING"]
    assert all(span.end - span.start >= DELAY for span in pings)


async def test_the_shops_shared_connection_is_far_away(redis_url: str) -> None:
    async def make() -> bytes:
        return b"made"

    caches: list[RedisCache] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        caches.append(RedisCache(redis_url, "far:", 60))
        await caches[0].get_or_make("0", ["tag"], make)
        yield
        await caches[0].close()

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    async def handler() -> list[float]:
        async def ask() -> None:
            assert await caches[0].get_or_make("0", ["tag"], make) == b"made"

        return [await took(in_turn(ask, 10)), await took(at_once(ask, 200))]

    with Server(app, network=FAR) as server:
        in_turn_seconds, at_once_seconds = (await exchange(server, "/")).answer
    assert in_turn_seconds >= 10 * DELAY
    assert at_once_seconds < 200 * DELAY


async def test_pipelined_answers_belong_to_their_commands(redis_url: str, count: Count) -> None:
    async def handler() -> bool:
        async with Redis.from_url(redis_url) as client, client.pipeline(transaction=False) as pipe:
            for number in range(1000):
                pipe.execute_command("ECHO", str(number))
            answers = await pipe.execute()
        return answers == [b"%d" % number for number in range(1000)]

    assert (await count(handler, network=Network(delay=0.002))).answer is True


# Several applications, in one event loop.


async def test_each_application_has_its_own_distance(redis_url: str) -> None:
    async def handler() -> float:
        async with Redis.from_url(redis_url) as client:
            return await took(in_turn(client.ping, 10))

    with served(handler, network=FAR) as far, served(handler) as near:
        answers = [(await exchange(server, "/")).answer for server in (far, near, far)]
    assert answers[0] >= 10 * DELAY
    assert answers[1] < answers[0]
    assert answers[2] >= 10 * DELAY


async def test_distance_and_bandwidth_together(dsn: str, count: Count) -> None:
    """Requests then begin when the line delivers them."""

    async def handler() -> float:
        connection = await asyncpg.connect(dsn)
        seconds = await took(connection.fetchval("SELECT 1"))
        await connection.close()
        return seconds

    both = Network(delay=DELAY, megabits_per_second=100)
    assert (await count(handler, network=both)).answer >= DELAY


async def test_an_engine_that_several_applications_use(engine: AsyncEngine) -> None:
    """Its pool has connections that another application opened, at another distance."""

    async def handler() -> list[float]:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
            return [await took(connection.execute(text(f"SELECT {number}"))) for number in range(5)]

    with served(handler) as near, served(handler, network=FAR) as far:
        for _ in range(2):
            quick = (await exchange(near, "/")).answer
            slow = (await exchange(far, "/")).answer
            assert min(slow) >= DELAY
            assert min(quick) < min(slow)
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(engine.dispose(), near.loop))


# Others.


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[str, str]:
    """The files of a certificate for localhost, and of its key."""
    certificate, key = str(tmp_path / "certificate.pem"), str(tmp_path / "key.pem")
    options = ["-nodes", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", *options]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except OSError:
        pytest.skip("There is no openssl to make a certificate with.")
    return certificate, key


async def test_a_connection_that_turns_to_tls_stays_far_away(
    certificate: tuple[str, str], count: Count
) -> None:
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(*certificate)

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await writer.start_tls(server_side)
        while line := await reader.readline():
            writer.write(line)
        writer.close()

    async def handler() -> float:
        client_side = ssl.create_default_context(cafile=certificate[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await writer.start_tls(client_side, server_hostname="localhost")

        async def ask() -> None:
            writer.write(b"hello\n")
            assert await reader.readline() == b"hello\n"

        seconds = await took(in_turn(ask, 5))
        writer.close()
        await writer.wait_closed()
        return seconds

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        assert (await count(handler, network=FAR)).answer >= 5 * DELAY


async def test_closed_latency_keeps_nothing_back() -> None:
    happened: list[str] = []
    latency = Latency(asyncio.get_running_loop(), 60)
    latency.delay(partial(happened.append, "first"))
    latency.delay(partial(happened.append, "second"))
    latency.close()
    latency.delay(partial(happened.append, "third"))
    await asyncio.sleep(0)
    assert happened == ["first", "second", "third"]


def timers() -> int:
    """The kernel's timers that this process has open."""
    if sys.platform != "linux":
        return 0
    opened = [link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return opened.count(Path("anon_inode:[timerfd]"))


async def test_a_server_stops_while_answers_are_under_way(dsn: str) -> None:
    before = timers()
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def handler() -> int:
        connection = await asyncpg.connect(dsn)
        try:
            loop.call_soon_threadsafe(asked.set)
            await in_turn(lambda: connection.fetchval("SELECT 1"), 1000)
            return 1
        finally:
            connection.terminate()

    with served(handler, network=Network(delay=0.5)) as server:
        async with httpx.AsyncClient(timeout=60) as client:
            request = asyncio.ensure_future(client.get(server.url))
            await asked.wait()
            await asyncio.to_thread(server.stop)
            await asyncio.gather(request, return_exceptions=True)
        assert not server.alive
    assert server.ledger.open_connections == 0
    assert timers() == before
