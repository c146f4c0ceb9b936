"""Login: credentials, tokens, password hashing off the event loop, and the cost of a request."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from fastapi import FastAPI
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import delete, select, update

from app.shop import create_app
from app.shop.accounts.passwords import DUMMY_HASH, Passwords
from app.shop.accounts.schemas import OwnAccount, Token
from app.shop.accounts.tokens import read_token
from app.shop.database import Database
from app.shop.models import Account
from app.shop.settings import Settings
from tests.shop.auth import bearer
from tests.shop.conftest import client_of
from tests.shop.test_errors import assert_problem
from tests.shop.writing import work_of

TEST = {"email": "test@example.com", "password": "testpass123"}
WRONG = {**TEST, "password": "testpass124"}
UNKNOWN = {**TEST, "email": "nobody@example.com"}
NO_HASH = {**TEST, "email": "rows-0@example.net"}
UNUSUAL_PASSWORD = 'pä ß\x00 🎁 "日本語" \\'


@pytest.fixture
def app(settings: Settings, database: Database) -> FastAPI:
    return create_app(settings, database=database)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


@pytest.fixture
async def weakly_hashed(database: Database) -> AsyncIterator[Account]:
    """An account whose password was hashed with cheaper parameters than today's."""
    account = Account(
        email="newcomer@example.org",
        full_name="New Comer",
        country="Japan",
        scopes=["orders:write"],
        password_hash=Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1).hash(
            UNUSUAL_PASSWORD
        ),
    )
    async with database.writing() as session:
        session.add(account)
    yield account
    async with database.writing() as session:
        await session.execute(delete(Account).where(Account.id == account.id))


class GatedHasher(Argon2Hasher):
    """Records what it verifies and how many at a time, and blocks while its gate is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.verified: list[str | bytes] = []
        self.running = self.peak = 0
        self.gate = threading.Event()
        self.gate.set()
        self._lock = threading.Lock()

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:  # noqa: A002
        with self._lock:
            self.verified.append(hash)
            self.running += 1
            self.peak = max(self.peak, self.running)
        try:
            assert self.gate.wait(30)
            return super().verify(password, hash)
        finally:
            with self._lock:
                self.running -= 1


@pytest.fixture
async def hasher(app: FastAPI, client: httpx.AsyncClient) -> AsyncIterator[GatedHasher]:  # noqa: ARG001
    """The application's hasher, limited to two running and three queued verifications."""
    app.state.passwords.close()
    hasher = GatedHasher()
    app.state.passwords = Passwords(max_workers=2, max_queued=3, hashers=[hasher])
    yield hasher
    hasher.gate.set()
    app.state.passwords.close()


async def wait_until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


async def log_in(client: httpx.AsyncClient, login: object) -> httpx.Response:
    return await client.post("/api/auth/login", json=login)


def assert_rejected(response: httpx.Response) -> None:
    assert_problem(response, 401)
    assert response.headers["www-authenticate"] == "Bearer"
    assert "access_token" not in response.text


async def test_a_login_returns_a_token_that_authenticates(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    response = await log_in(client, TEST)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    token = response.json()
    assert set(token) == {"access_token", "token_type", "expires_in"}
    assert token["token_type"] == "bearer"
    assert token["expires_in"] == settings.token_minutes * 60
    header = {"Authorization": f"Bearer {token['access_token']}"}
    own = await client.get("/api/me", headers=header)
    assert own.status_code == 200
    assert own.json()["email"] == TEST["email"]


async def test_all_failed_logins_get_the_same_401(
    client: httpx.AsyncClient, database: Database
) -> None:
    async with database.reading() as session:
        unusable = await session.scalar(select(Account.email).where(Account.password_hash == "!"))
    responses = [
        await log_in(client, login)
        for login in (
            WRONG,
            UNKNOWN,
            NO_HASH,
            {"email": unusable, "password": "!"},
            {"email": NO_HASH["email"], "password": "secret-hash"},
            {**TEST, "password": "testpass123\x00"},
            {**TEST, "password": "x" * 1024},
            {**TEST, "email": "' OR 1=1 --"},
        )
    ]
    for response in responses:
        assert_rejected(response)
    assert len({response.text for response in responses}) == 1


@pytest.mark.parametrize(
    ("change", "location"),
    [
        ({"password": ""}, "body.password"),
        ({"password": "secret" * 171}, "body.password"),
        ({"password": "secret" * 200_000}, "body.password"),
        ({"password": None}, "body.password"),
        ({"password": 123}, "body.password"),
        ({"password": ["secret"]}, "body.password"),
        ({"email": ""}, "body.email"),
        ({"email": "a" * 255}, "body.email"),
        ({"email": "test@example.com\x00"}, "body.email"),
        ({"email": None}, "body.email"),
        ({"email": {"$ne": ""}}, "body.email"),
        ({"admin": True}, "body.admin"),
    ],
)
async def test_an_invalid_field_is_rejected_with_422_without_the_password(
    client: httpx.AsyncClient, change: dict[str, object], location: str
) -> None:
    response = await log_in(client, {**TEST, **change})
    assert_problem(response, 422)
    assert [error["location"] for error in response.json()["errors"]] == [location]
    assert "secret" not in response.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"test@example.com"',
        b'{"email": "test@example.com"}',
        b'{"password": "testpass123"}',
        b'{"email": "\\ud800", "password": "x"}',
        b'{"email": "test@example.com", "password": "\\udfff"}',
        b'{"email": "test@example.com", "password": "\xff"}',
        b'{"email": "test@example.com", "password": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
    ],
    ids=range(11),
)
async def test_an_invalid_body_is_rejected(shop_url: str, body: bytes) -> None:
    async with httpx.AsyncClient(base_url=shop_url) as client:
        response = await client.post(
            "/api/auth/login", content=body, headers={"content-type": "application/json"}
        )
    assert response.status_code in (400, 422)
    assert_problem(response, response.status_code)


async def test_a_form_is_rejected_with_422(client: httpx.AsyncClient) -> None:
    assert_problem(await client.post("/api/auth/login", data=TEST), 422)


@pytest.mark.usefixtures("weakly_hashed")
async def test_every_character_of_a_password_is_significant(client: httpx.AsyncClient) -> None:
    email = "newcomer@example.org"
    assert (await log_in(client, {"email": email, "password": UNUSUAL_PASSWORD})).status_code == 200
    for other in (
        UNUSUAL_PASSWORD.partition("\x00")[0],
        UNUSUAL_PASSWORD.replace("ä", "a"),
        UNUSUAL_PASSWORD + "\x00",
    ):
        assert_rejected(await log_in(client, {"email": email, "password": other}))


async def test_an_outdated_hash_is_replaced_at_login(
    client: httpx.AsyncClient, database: Database, weakly_hashed: Account
) -> None:
    async def stored() -> str:
        async with database.reading() as session:
            account = await session.get(Account, weakly_hashed.id)
        assert account is not None
        return account.password_hash

    login = {"email": weakly_hashed.email, "password": UNUSUAL_PASSWORD}
    assert_rejected(await log_in(client, {**login, "password": "wrong"}))
    assert await stored() == weakly_hashed.password_hash
    for _ in range(2):
        assert (await log_in(client, login)).status_code == 200
        first = await stored()
        assert not Argon2Hasher().check_needs_rehash(first)
    assert (await log_in(client, login)).status_code == 200
    assert await stored() == first


async def test_rehashing_does_not_overwrite_a_concurrent_password_change(
    client: httpx.AsyncClient, database: Database, weakly_hashed: Account, hasher: GatedHasher
) -> None:
    hasher.gate.clear()
    login = asyncio.create_task(
        log_in(client, {"email": weakly_hashed.email, "password": UNUSUAL_PASSWORD})
    )
    await wait_until(lambda: hasher.running == 1)
    async with database.writing() as session:
        await session.execute(
            update(Account).where(Account.id == weakly_hashed.id).values(password_hash="!")
        )
    hasher.gate.set()
    await login
    async with database.reading() as session:
        assert (
            await session.scalar(
                select(Account.password_hash).where(Account.id == weakly_hashed.id)
            )
            == "!"
        )


async def test_a_token_carries_the_scopes_of_the_account(
    client: httpx.AsyncClient, settings: Settings, weakly_hashed: Account
) -> None:
    everyones = ["community:write", "orders:write"]
    for login, scopes in (
        (TEST, ["catalog:write", *everyones]),
        ({"email": weakly_hashed.email, "password": UNUSUAL_PASSWORD}, everyones),
    ):
        token = Token.model_validate_json((await log_in(client, login)).content)
        assert read_token(token.access_token, settings).scopes == set(scopes)
        header = {"Authorization": f"Bearer {token.access_token}"}
        assert (await client.get("/api/me", headers=header)).json()["scopes"] == scopes


async def test_me_returns_the_account_of_the_token(
    client: httpx.AsyncClient, database: Database
) -> None:
    for number in (1, 2, 3):
        response = await client.get("/api/me", headers=bearer(number))
        assert response.status_code == 200
        assert response.headers["cache-control"] == "no-store"
        async with database.reading() as session:
            account = await session.get(Account, number)
        assert account is not None
        own = OwnAccount(
            id=number,
            email=account.email,
            full_name=account.full_name,
            country=account.country,
            scopes=sorted({*account.scopes, "community:write", "orders:write"}),
            created_at=account.created_at,
        )
        assert response.text == own.model_dump_json()


async def test_me_rejects_the_token_of_a_deleted_account(
    client: httpx.AsyncClient, weakly_hashed: Account, database: Database
) -> None:
    assert_problem(await client.get("/api/me"), 401)
    assert (await client.get("/api/me", headers=bearer(weakly_hashed.id))).status_code == 200
    async with database.writing() as session:
        await session.execute(delete(Account).where(Account.id == weakly_hashed.id))
    for number in (weakly_hashed.id, 2147483647):
        response = await client.get("/api/me", headers=bearer(number))
        assert_problem(response, 401)
        assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_every_failed_login_verifies_one_hash_of_the_current_cost(
    client: httpx.AsyncClient, hasher: GatedHasher
) -> None:
    for login in (WRONG, UNKNOWN, NO_HASH):
        hasher.verified.clear()
        assert_rejected(await log_in(client, login))
        assert len(hasher.verified) == 1
        assert not hasher.check_needs_rehash(hasher.verified[0])
    assert not Argon2Hasher().check_needs_rehash(DUMMY_HASH)


async def test_logins_beyond_the_queue_for_hashing_are_rejected_with_503(
    client: httpx.AsyncClient, hasher: GatedHasher
) -> None:
    hasher.gate.clear()
    logins = [asyncio.create_task(log_in(client, TEST)) for _ in range(12)]
    await wait_until(lambda: sum(login.done() for login in logins) == 7 and hasher.running == 2)
    for login in logins:
        if login.done():
            assert_problem(login.result(), 503)
            assert login.result().headers["retry-after"] == "1"
    hasher.gate.set()
    statuses = [response.status_code for response in await asyncio.gather(*logins)]
    assert (statuses.count(200), statuses.count(503)) == (5, 7)
    assert hasher.peak == 2
    assert len(hasher.verified) == 5
    assert (await log_in(client, TEST)).status_code == 200


async def test_cancelled_logins_free_the_queue_but_not_their_threads(
    client: httpx.AsyncClient, hasher: GatedHasher
) -> None:
    """A verification that is already running cannot be cancelled, and counts until it ends."""
    hasher.gate.clear()
    logins = [asyncio.create_task(log_in(client, TEST)) for _ in range(6)]
    await wait_until(lambda: sum(login.done() for login in logins) == 1 and hasher.running == 2)
    for login in logins:
        login.cancel()
    await asyncio.gather(*logins, return_exceptions=True)
    again = [asyncio.create_task(log_in(client, TEST)) for _ in range(6)]
    await wait_until(lambda: sum(login.done() for login in again) == 3)
    hasher.gate.set()
    statuses = [response.status_code for response in await asyncio.gather(*again)]
    assert (statuses.count(200), statuses.count(503)) == (3, 3)
    assert hasher.peak == 2
    assert len(hasher.verified) == 5


async def test_a_queued_login_holds_no_connection(
    client: httpx.AsyncClient, hasher: GatedHasher, settings: Settings
) -> None:
    """Here five logins wait, which is more than the pool has connections."""
    assert settings.pool_size < 5
    hasher.gate.clear()
    logins = [asyncio.create_task(log_in(client, TEST)) for _ in range(5)]
    await wait_until(lambda: hasher.running == 2)
    responses = [await client.get(path) for path in ("/healthz", "/readyz", "/api/products/1") * 5]
    assert [response.status_code for response in responses] == [200] * 15
    assert not any(login.done() for login in logins)
    hasher.gate.set()
    assert {response.status_code for response in await asyncio.gather(*logins)} == {200}


async def iterations_during(work: Awaitable[object]) -> int:
    """The number of event-loop iterations until ``work`` is done."""
    iterations = 0

    async def count() -> None:
        nonlocal iterations
        while True:
            await asyncio.sleep(0)
            iterations += 1

    counting = asyncio.create_task(count())
    await work
    counting.cancel()
    return iterations


async def test_hashing_does_not_block_the_event_loop() -> None:
    hasher = Argon2Hasher()
    stored = hasher.hash("x")
    passwords = Passwords()

    async def on_the_loop() -> None:
        await asyncio.sleep(0)
        hasher.verify("x", stored)

    blocked = await iterations_during(on_the_loop())
    free = await iterations_during(passwords.check("x", stored))
    passwords.close()
    assert free > 20 * blocked


@pytest.mark.parametrize(
    ("login", "status"), [(TEST, 200), (WRONG, 401), (UNKNOWN, 401), (NO_HASH, 401)]
)
async def test_a_login_takes_one_statement(app: FastAPI, login: object, status: int) -> None:
    async def request(client: httpx.AsyncClient) -> None:
        assert (await log_in(client, login)).status_code == status

    work = await work_of(app, request)
    assert (work.statements, work.round_trips) == (1, 1)


async def test_me_takes_one_statement(app: FastAPI) -> None:
    async def request(client: httpx.AsyncClient) -> None:
        assert (await client.get("/api/me", headers=bearer())).status_code == 200

    work = await work_of(app, request)
    assert (work.statements, work.round_trips) == (1, 1)


async def test_invalid_requests_are_rejected_without_a_statement(app: FastAPI) -> None:
    async def request(client: httpx.AsyncClient) -> None:
        assert_problem(await client.get("/api/me", headers={"Authorization": "Bearer x"}), 401)
        assert_problem(await log_in(client, {**TEST, "email": ""}), 422)

    work = await work_of(app, request)
    assert (work.requests, work.statements, work.round_trips) == (2, 0, 0)


def test_openapi_has_examples_that_can_be_sent_as_they_are() -> None:
    document = create_app(Settings()).openapi()
    schemas = document["components"]["schemas"]
    example = {name: field["examples"][0] for name, field in schemas["Login"]["properties"].items()}
    assert example == TEST
    assert schemas["Login"]["properties"]["password"]["writeOnly"]
    for name in ("Token", "OwnAccount", "User", "UserPost", "UserComment"):
        for field in schemas[name]["properties"].values():
            assert field.keys() & {"examples", "const", "items"}
    for path, statuses in (("/api/auth/login", {"401", "422"}), ("/api/me", {"401"})):
        (operation,) = document["paths"][path].values()
        assert operation["responses"].keys() >= {"200", "503", *statuses}
        assert operation["responses"]["401"]["content"].keys() == {"application/problem+json"}
