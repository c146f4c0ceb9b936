"""Every read builds ORM objects, which Pydantic then serializes field by field."""

from app.course.overlay import Overlay
from app.lessons.serialization import accounts, catalog, community, orders, reports

BEFORE = Overlay(
    routers=(
        catalog.router,
        orders.router,
        community.router,
        accounts.router,
        reports.router,
    )
)
