"""The export as one response, built completely in memory before its first byte is sent."""

import csv
import io
from collections.abc import Callable, Sequence

import asyncpg
from fastapi import APIRouter, Response

from app.course.overlay import Overlay
from app.shop.dependencies import DatabaseDep
from app.shop.export import queries
from app.shop.export.forms import FORMS, Name
from app.shop.export.router import FormName
from app.shop.fields import Country

Rows = Sequence[asyncpg.Record]

router = APIRouter(include_in_schema=False)


def json_lines(rows: Rows) -> str:
    return "".join(f"{row[0]}\n" for row in rows)


def json_array(rows: Rows) -> str:
    return "[" + ",\n".join(row[0] for row in rows) + "]\n"


def comma_separated(rows: Rows) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(rows[0].keys() if rows else ())
    writer.writerows(rows)
    return file.getvalue()


WRITERS: dict[Name, tuple[str, Callable[[Rows], str]]] = {
    "jsonl": (queries.JSON_LINES, json_lines),
    "json": (queries.JSON_LINES, json_array),
    "csv": (queries.COLUMNS, comma_separated),
}


@router.get("/export/order-lines")
async def export_order_lines(
    database: DatabaseDep, name: FormName = "jsonl", country: Country = None
) -> Response:
    """All order lines of one snapshot, as a file."""
    query, write = WRITERS[name]
    async with database.driver() as driver:
        rows = await driver.fetch(query, country)
    headers = {
        "Content-Disposition": f'attachment; filename="order-lines.{name}"',
        "Cache-Control": "no-store",
    }
    return Response(write(rows), headers=headers, media_type=FORMS[name].media_type)


BEFORE = Overlay(routers=(router,))
