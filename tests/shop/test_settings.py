"""The settings of a deployment, and those that must be set."""

import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import make_url, text

from app.shop import create_app
from app.shop.budget import BudgetExceeded
from app.shop.database import Database, open_database
from app.shop.settings import Settings
from tests.shop.conftest import client_of

SECRET = "a secret of more than thirty-two characters"


@pytest.fixture(autouse=True)
def _no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)


def test_production_requires_a_secret_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError, match="SECRET_KEY must be set in production"):
        Settings(environment="production")
    monkeypatch.setenv("SECRET_KEY", SECRET)
    assert Settings(environment="production").secret_key.get_secret_value() == SECRET


@pytest.mark.parametrize(
    "secret", ["short", "-----BEGIN PRIVATE KEY-----\n" + "x" * 40, "ssh-rsa " + "A" * 40]
)
def test_an_unsuitable_secret_key_is_rejected(secret: str) -> None:
    with pytest.raises(ValidationError, match="SECRET_KEY"):
        Settings(secret_key=SecretStr(secret))


def test_the_repr_does_not_contain_the_secret_key() -> None:
    assert SECRET not in repr(Settings(secret_key=SecretStr(SECRET)))


async def test_startup_fails_if_the_pools_exceed_the_connection_limit(settings: Settings) -> None:
    settings = settings.model_copy(update={"workers": 60, "pool_size": 40})
    with pytest.raises(BudgetExceeded, match="may open 2400 connections, and PostgreSQL accepts"):
        async with client_of(create_app(settings)):
            pass


async def test_the_pools_may_use_exactly_the_available_connections(
    settings: Settings, database: Database
) -> None:
    allowed = int(await database.fetch_value("SELECT current_setting('max_connections')::int"))
    reserved = int(
        await database.fetch_value(
            "SELECT current_setting('superuser_reserved_connections')::int"
            " + current_setting('reserved_connections')::int"
        )
    )
    fitting = settings.model_copy(update={"workers": 1, "pool_size": allowed - reserved})
    async with client_of(create_app(fitting)) as client:
        assert (await client.get("/readyz")).status_code == 200
    with pytest.raises(BudgetExceeded):
        async with client_of(
            create_app(fitting.model_copy(update={"pool_size": fitting.pool_size + 1}))
        ):
            pass


async def test_the_pools_must_fit_into_the_limit_of_the_role(
    settings: Settings, database: Database
) -> None:
    name = "course_budget_guest"
    url = make_url(settings.database_url)
    async with database.writing() as session:
        await session.execute(text(f"CREATE ROLE {name} LOGIN PASSWORD 'guest' CONNECTION LIMIT 7"))
    try:
        guest = url.set(username=name, password="guest").render_as_string(hide_password=False)
        settings = settings.model_copy(update={"database_url": guest, "pool_size": 4})
        async with client_of(create_app(settings)) as client:
            assert (await client.get("/healthz")).status_code == 200
        settings = settings.model_copy(update={"workers": 2})
        with pytest.raises(BudgetExceeded, match=r"may open 8 .* PostgreSQL accepts 7"):
            async with client_of(create_app(settings)):
                pass
    finally:
        async with database.writing() as session:
            await session.execute(text(f"DROP ROLE {name}"))


async def test_connections_have_the_name_of_the_application(settings: Settings) -> None:
    database = open_database(settings.model_copy(update={"application_name": "shop-blue"}))
    assert await database.fetch_value("SHOW application_name") == "shop-blue"
    await database.close()


async def test_the_statement_timeout_is_set_on_every_connection(settings: Settings) -> None:
    database = open_database(settings.model_copy(update={"statement_timeout": 0.05}))
    assert await database.fetch_value("SHOW statement_timeout") == "50ms"
    await database.close()
