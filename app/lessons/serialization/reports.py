"""Sales as rows, serialized for the cache."""

from datetime import datetime
from functools import partial

from fastapi import APIRouter, Response
from pydantic import TypeAdapter

from app.course.entities import reports
from app.lessons.serialization.json_query import json_query
from app.shop.cached import CachedResponse, CachedRoute
from app.shop.dependencies import CacheDep, DatabaseDep
from app.shop.fields import Country
from app.shop.models import Order
from app.shop.reports.schemas import MonthlySales
from app.shop.reports.two_parts import Part, in_two_parts
from app.shop.tags import ASSORTMENT, SALES

router = APIRouter(route_class=CachedRoute, include_in_schema=False)

MONTHS = TypeAdapter(list[MonthlySales])


@router.get("/reports/sales")
async def report_sales(database: DatabaseDep, cache: CacheDep, country: Country = None) -> Response:
    """Revenue, lines and orders by month and category, oldest month first."""

    async def read(part: Part, month: datetime) -> str:
        placed = Order.placed_at < month if part == "<" else Order.placed_at >= month
        found = await json_query(MONTHS, database, reports.sales, country, placed)()
        assert found is not None
        return found

    key = "reports:sales" if country is None else f"reports:sales:{country}"
    query = partial(in_two_parts, cache, key, read)
    return CachedResponse(cache, key, [SALES, ASSORTMENT], query)
