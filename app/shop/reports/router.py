"""Reports over all orders: much work for an answer that many ask for, so it is kept."""

from fastapi import APIRouter, Response

from app.shop.dependencies import CacheDep, DatabaseDep
from app.shop.fields import Country
from app.shop.json_sql import json_response
from app.shop.reports import queries
from app.shop.reports.schemas import MonthlySales

router = APIRouter(tags=["reports"])


@router.get("/reports/sales", response_model=list[MonthlySales])
async def report_sales(database: DatabaseDep, cache: CacheDep, country: Country = None) -> Response:
    """Revenue, lines and orders by month and category, oldest month first."""

    async def make() -> bytes:
        return (await queries.sales(database, country)).encode()

    key = "reports:sales" if country is None else f"reports:sales:{country}"
    body = await cache.get_or_make(key, {"sales"}, make)
    assert body is not None
    return json_response(body)
