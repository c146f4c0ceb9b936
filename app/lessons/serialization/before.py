"""Every read goes through objects, from which the answer is made field by field."""

from app.course.shops import Before
from app.lessons.serialization import accounts, catalog, community, dashboard, orders, reports

BEFORE = Before(
    routers=(
        catalog.router,
        orders.router,
        community.router,
        accounts.router,
        dashboard.router,
        reports.router,
    )
)
