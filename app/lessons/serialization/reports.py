"""The sales as rows, from which the cache's answers are written."""

from fastapi import APIRouter, Response
from pydantic import TypeAdapter

from app.lessons.entities import reports
from app.lessons.serialization.cached import written
from app.shop.cached import CachedResponse, CachedRoute
from app.shop.dependencies import CacheDep, DatabaseDep
from app.shop.fields import Country
from app.shop.reports.schemas import MonthlySales

router = APIRouter(route_class=CachedRoute, include_in_schema=False)

SALES = TypeAdapter(list[MonthlySales])


@router.get("/reports/sales")
async def report_sales(database: DatabaseDep, cache: CacheDep, country: Country = None) -> Response:
    """Revenue, lines and orders by month and category, oldest month first."""
    query = written(SALES, database, reports.sales, country)
    key = "reports:sales" if country is None else f"reports:sales:{country}"
    return CachedResponse(cache, key, ["sales"], query)
