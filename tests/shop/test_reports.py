"""The sales report: correct, and computed once for concurrent requests."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.shop import create_app
from app.shop.database import Database, open_database
from app.shop.reports.schemas import MonthlySales
from app.shop.reports.two_parts import beginning_of_month, joined
from app.shop.settings import Settings
from tests.shop.auth import bearer
from tests.shop.conftest import client_of
from tests.shop.test_dashboard import record_statements

PATH = "/api/reports/sales"


async def expected_report(database: Database, country: str | None) -> list[dict[str, Any]]:
    """The report as a single statement that joins all tables."""
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
async def test_the_report_of_a_country_matches_its_order_lines(
    client: httpx.AsyncClient, database: Database, country: str
) -> None:
    expected = await expected_report(database, country)
    assert expected
    response = await client.get(PATH, params={"country": country})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json() == expected


@pytest.mark.slow
async def test_the_report_of_all_countries_matches_all_order_lines(
    client: httpx.AsyncClient, database: Database
) -> None:
    assert (await client.get(PATH)).json() == await expected_report(database, None)


async def test_the_json_equals_what_the_pydantic_model_serializes(
    client: httpx.AsyncClient,
) -> None:
    rows = (await client.get(PATH, params={"country": "France"})).json()
    for row in rows:
        written = MonthlySales.model_validate(row).model_dump(mode="json")
        assert list(written.items()) == list(row.items())


async def test_the_report_of_an_unknown_country_is_empty(client: httpx.AsyncClient) -> None:
    assert (await client.get(PATH, params={"country": "Atlantis"})).json() == []


@pytest.mark.parametrize("country", ["", "x" * 101, "a\x00b"])
async def test_an_invalid_country_is_rejected_with_422(
    client: httpx.AsyncClient, country: str
) -> None:
    response = await client.get(PATH, params={"country": country})
    assert response.status_code == 422
    assert response.json()["errors"][0]["location"] == "query.country"


@pytest.mark.parametrize("query", ["", "?country=France"])
async def test_concurrent_and_later_requests_share_one_computation(
    settings: Settings, database: Database, query: str
) -> None:
    async with client_of(create_app(settings, database=database)) as client:
        async with record_statements(database) as recording:
            responses = await asyncio.gather(*(client.get(PATH + query) for _ in range(10)))
        assert len(recording.statements) == 2  # one for the past months, one for the current one
        async with record_statements(database) as recording:
            responses.append(await client.get(PATH + query))
        assert not recording.statements
    assert {response.status_code for response in responses} == {200}
    assert len({response.content for response in responses}) == 1


async def test_each_country_has_its_own_cache_entry(client: httpx.AsyncClient) -> None:
    queries = ("?country=France", "?country=Spain", "?country=None")
    first = [(await client.get(PATH + query)).content for query in queries]
    assert len(set(first)) == 3
    assert [(await client.get(PATH + query)).content for query in queries] == first


async def test_after_an_order_only_the_current_month_is_queried(settings: Settings) -> None:
    database = open_database(settings)
    async with client_of(create_app(settings, database=database)) as client:
        old = (await client.get(PATH)).json()
        async with record_statements(database) as recording:
            await client.post(
                "/api/orders",
                json={"lines": [{"product_id": 1, "quantity": 3}]},
                headers=bearer(1, "orders:write"),
            )
            new = (await client.get(PATH)).json()
        reading = [
            text for text in recording.statements if "to_char" in text and "GROUP BY" in text
        ]
        assert len(reading) == 1
        assert "placed_at >= $1" in reading[0]
        assert new == await expected_report(database, None)
    month = f"{datetime.now(UTC):%Y-%m}"
    ordered = sum(row["lines"] for row in new if row["month"] == month)
    assert ordered == sum(row["lines"] for row in old if row["month"] == month) + 1
    assert [row for row in new if row["month"] != month] == [
        row for row in old if row["month"] != month
    ]


async def test_moving_a_product_moves_its_sales_to_the_new_category(settings: Settings) -> None:
    database = open_database(settings)
    async with client_of(create_app(settings, database=database)) as client:
        category = (await client.get("/api/products/1")).json()["category_id"]
        await client.get(PATH)
        try:
            for elsewhere in (category % 3 + 1, category):
                await client.patch(
                    "/api/products/1",
                    json={"category_id": elsewhere},
                    headers=bearer(1, "catalog:write"),
                )
                seen = (await client.get(PATH)).json()
                assert seen == await expected_report(database, None)
        finally:
            async with database.writing() as session:
                await session.execute(
                    text("UPDATE products SET category_id = :old WHERE id = 1"), {"old": category}
                )


@pytest.mark.parametrize(
    ("now", "month"),
    [
        ("2026-11-24T20:00", "2026-11-01"),
        ("2026-12-01T00:59", "2026-11-01"),
        ("2026-12-01T01:00", "2026-12-01"),
        ("2027-01-01T00:30", "2026-12-01"),
    ],
)
def test_a_month_is_closed_an_hour_after_its_end(now: str, month: str) -> None:
    begun = beginning_of_month(datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert begun == datetime.fromisoformat(month).replace(tzinfo=UTC)


def test_two_json_arrays_are_concatenated() -> None:
    arrays = ("[]", "[1]", "[2,\n 3]")
    for first in arrays:
        for second in arrays:
            assert json.loads(joined(first, second)) == json.loads(first) + json.loads(second)


async def test_a_report_that_fails_is_not_cached(settings: Settings, database: Database) -> None:
    short_timeout = open_database(settings.model_copy(update={"statement_timeout": 1.0}))
    async with client_of(create_app(settings, database=short_timeout)) as client:
        async with database.writing() as session:
            await session.execute(text("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE"))
            response = await client.get(PATH, params={"country": "Malta"})
            assert response.status_code == 503
        assert (await client.get(PATH, params={"country": "Malta"})).status_code == 200


def test_the_operation_is_documented_in_openapi() -> None:
    operation = create_app(Settings()).openapi()["paths"][PATH]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema["items"] == {"$ref": "#/components/schemas/MonthlySales"}
    assert "security" not in operation
