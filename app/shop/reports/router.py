"""Report endpoints. Reports are expensive and often requested, so they are cached."""

from functools import partial

from fastapi import Response

from app.shop.api import api_router
from app.shop.cached import CachedResponse, CachedRoute
from app.shop.dependencies import CacheDep, DatabaseDep
from app.shop.fields import Country
from app.shop.reports import queries
from app.shop.reports.schemas import MonthlySales
from app.shop.reports.two_parts import in_two_parts
from app.shop.tags import ASSORTMENT, SALES

router = api_router("reports", route_class=CachedRoute)


@router.get("/reports/sales", response_model=list[MonthlySales])
async def report_sales(database: DatabaseDep, cache: CacheDep, country: Country = None) -> Response:
    """Revenue, lines and orders by month and category, oldest month first."""
    key = "reports:sales" if country is None else f"reports:sales:{country}"
    query = partial(in_two_parts, cache, key, partial(queries.sales, database, country))
    return CachedResponse(cache, key, [SALES, ASSORTMENT], query)
