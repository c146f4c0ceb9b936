"""The export endpoint."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request, Response

from app.shop.api import api_router
from app.shop.dependencies import DatabaseDep
from app.shop.export.forms import FORMS, Name
from app.shop.export.response import CopyResponse
from app.shop.export.schemas import ExportedLine
from app.shop.fields import Country
from app.shop.settings import Settings


@asynccontextmanager
async def open_exports(app: FastAPI) -> AsyncIterator[None]:
    """Part of the lifespan: creates the semaphore that limits exports."""
    # An export holds a connection as long as its client reads. Leave most of the pool to others.
    settings: Settings = app.state.settings
    app.state.exports = asyncio.Semaphore(max(1, settings.pool_size // 3))
    yield


async def _get_slots(request: Request) -> asyncio.Semaphore:
    slots: asyncio.Semaphore = request.app.state.exports
    return slots


Slots = Annotated[asyncio.Semaphore, Depends(_get_slots)]
FormName = Annotated[
    Name,
    Query(
        alias="format",
        description="JSON Lines (an object a line), one JSON array, or CSV with a header line",
    ),
]

_OBJECT = (
    '{"order_number":"536365","placed_at":"2010-12-01T08:26:00Z","country":"United Kingdom",'
    '"sku":"85123A","product_name":"White Hanging Heart T-Light Holder","quantity":6,'
    '"unit_price":"2.55","line_total":"15.30"}\n'
)
_ROW = (
    "order_number,placed_at,country,sku,product_name,quantity,unit_price,line_total\n"
    "536365,2010-12-01T08:26:00Z,United Kingdom,85123A,"
    "White Hanging Heart T-Light Holder,6,2.55,15.30\n"
)
_LINE = {"$ref": "#/components/schemas/ExportedLine"}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The order lines, in no particular order. An answer that breaks off "
        "is not complete.",
        "headers": {
            "Content-Disposition": {
                "description": "The name of the file to save it as",
                "schema": {"type": "string"},
            }
        },
        "content": {
            "application/jsonl": {"itemSchema": _LINE, "example": _OBJECT},
            "text/csv": {"schema": {"type": "string"}, "example": _ROW},
        },
    }
}

router = api_router("export")


@router.get("/export/order-lines", response_model=list[ExportedLine], responses=_ANSWERS)
async def export_order_lines(
    database: DatabaseDep, slots: Slots, name: FormName = "jsonl", country: Country = None
) -> Response:
    """All order lines from one snapshot, as a file.

    The client sets the pace, but must accept each chunk within half a minute. A worker limits the
    number of concurrent exports; further ones are rejected with 503.
    """
    headers = {
        "Content-Disposition": f'attachment; filename="order-lines.{name}"',
        "Cache-Control": "no-store",
    }
    return CopyResponse(database, slots, FORMS[name], headers, country)
