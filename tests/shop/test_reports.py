"""Reports: right, and made once for all who ask."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.shop import create_app
from app.shop.database import Database, open_database
from app.shop.reports.schemas import MonthlySales
from app.shop.settings import Settings
from tests.shop.conftest import client_of
from tests.shop.test_dashboard import watched

PATH = "/api/reports/sales"


async def plainly_counted(database: Database, country: str | None) -> list[dict[str, Any]]:
    """All lines joined to all they belong to, and counted in one go."""
    async with database.reading() as session:
        rows = await session.execute(
            text(
                "SELECT to_char(o.placed_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month,"
                " c.id AS category_id, c.name AS category,"
                " CAST(sum(l.quantity * l.unit_price) AS text) AS revenue,"
                " count(*) AS lines, count(DISTINCT o.id) AS orders"
                " FROM order_lines AS l JOIN orders AS o ON o.id = l.order_id"
                " JOIN products AS p ON p.id = l.product_id"
                " JOIN categories AS c ON c.id = p.category_id"
                " WHERE CAST(:country AS text) IS NULL OR o.country = :country"
                " GROUP BY 1, 2, 3 ORDER BY 1, 2"
            ),
            {"country": country},
        )
        return [dict(row._mapping) for row in rows]


@pytest.mark.parametrize("country", ["France", 'a "quoted" word', "United Arab Emirates"])
async def test_a_country_is_what_its_lines_add_up_to(
    client: httpx.AsyncClient, database: Database, country: str
) -> None:
    expected = await plainly_counted(database, country)
    assert expected
    answer = await client.get(PATH, params={"country": country})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == expected


@pytest.mark.slow
async def test_the_whole_is_what_all_lines_add_up_to(
    client: httpx.AsyncClient, database: Database
) -> None:
    assert (await client.get(PATH)).json() == await plainly_counted(database, None)


async def test_it_is_what_its_model_writes(client: httpx.AsyncClient) -> None:
    rows = (await client.get(PATH, params={"country": "France"})).json()
    for row in rows:
        written = MonthlySales.model_validate(row).model_dump(mode="json")
        assert list(written.items()) == list(row.items())


async def test_an_unknown_country_sold_nothing(client: httpx.AsyncClient) -> None:
    assert (await client.get(PATH, params={"country": "Atlantis"})).json() == []


@pytest.mark.parametrize("country", ["", "x" * 101, "a\x00b"])
async def test_what_is_no_country_is_refused(client: httpx.AsyncClient, country: str) -> None:
    answer = await client.get(PATH, params={"country": country})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["location"] == "query.country"


@pytest.mark.parametrize("query", ["", "?country=France"])
async def test_it_is_made_once(settings: Settings, database: Database, query: str) -> None:
    async with client_of(create_app(settings, database=database)) as client:
        async with watched(database) as watch:
            answers = await asyncio.gather(*(client.get(PATH + query) for _ in range(10)))
        assert len(watch.statements) == 1
        async with watched(database) as watch:
            answers.append(await client.get(PATH + query))
        assert not watch.statements
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1


async def test_each_country_has_a_report_of_its_own(client: httpx.AsyncClient) -> None:
    queries = ("?country=France", "?country=Spain", "?country=None")
    first = [(await client.get(PATH + query)).content for query in queries]
    assert len(set(first)) == 3
    assert [(await client.get(PATH + query)).content for query in queries] == first


async def test_it_is_made_anew_when_sales_changed(settings: Settings) -> None:
    database = open_database(settings)
    app = create_app(settings, database=database)
    async with client_of(app) as client:
        old = (await client.get(PATH, params={"country": "Nowhere"})).json()
        async with database.writing() as session:
            order = await session.scalar(
                text(
                    "INSERT INTO orders (number, country, status, placed_at) VALUES"
                    " ('NOWHERE', 'Nowhere', 'completed', '2011-02-01T00:00Z') RETURNING id"
                )
            )
            await session.execute(
                text(
                    "INSERT INTO order_lines (order_id, product_id, quantity, unit_price)"
                    " VALUES (:order, 1, 3, 1.50)"
                ),
                {"order": order},
            )
        assert (await client.get(PATH, params={"country": "Nowhere"})).json() == old == []
        await app.state.cache.drop({"sales"})
        (row,) = (await client.get(PATH, params={"country": "Nowhere"})).json()
    assert (row["month"], row["revenue"], row["lines"], row["orders"]) == ("2011-02", "4.50", 1, 1)


async def test_a_report_that_fails_is_not_kept(settings: Settings, database: Database) -> None:
    impatient = open_database(settings.model_copy(update={"statement_timeout": 0.1}))
    async with client_of(create_app(settings, database=impatient)) as client:
        async with database.writing() as session:
            await session.execute(text("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE"))
            answer = await client.get(PATH, params={"country": "Malta"})
            assert answer.status_code == 503
        assert (await client.get(PATH, params={"country": "Malta"})).status_code == 200


def test_it_is_described() -> None:
    operation = create_app(Settings()).openapi()["paths"][PATH]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema["items"] == {"$ref": "#/components/schemas/MonthlySales"}
    assert "security" not in operation
