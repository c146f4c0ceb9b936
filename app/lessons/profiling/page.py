"""The sick page: the newest orders, made by twelve functions of which four are at fault."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, Self

from fastapi import APIRouter, Response

from app.lessons.profiling import first, second
from app.lessons.profiling.carrier import Carrier
from app.lessons.profiling.faults import FUNCTIONS, Faults, drawn
from app.shop.dependencies import DatabaseDep, Limit
from app.shop.orders.schemas import Order

HEADERS = {
    "delivery days": "X-Delivery-Days",
    "exchange rate": "X-Exchange-Rate",
    "tax rate": "X-Tax-Rate",
}
"""Of the response, by what the carrier is asked."""
_AT_FAULT_IN_SECOND = {
    "exchange_rate",
    "newest_orders",
    "products_of",
    "attach_lines",
    "clean_sku",
    "clean_country",
}
"""Of the others, it is the first version that may be at fault."""


class Page:
    """``GET /api/orders`` with the faults that a seed draws.

    Half of its functions have been rewritten, so each comes from one of two modules, whether or not
    it is at fault.
    """

    def __init__(self, seed: int, *, without: Sequence[str] = ()) -> None:
        """``without``: functions whose faults are mended."""
        self._choose(drawn(seed), without)

    def mended(self, *functions: Callable[..., Any]) -> Self:
        """The same page with functions of yours in place of those of the same name.

        Raises ``TypeError`` for one that replaces none.
        """
        page = object.__new__(type(self))
        page.carrier = Carrier(self.carrier.seconds)
        page.functions = SimpleNamespace(**vars(self.functions))
        for function in functions:
            name = getattr(function, "__name__", repr(function))
            if name not in FUNCTIONS:
                raise TypeError(
                    f"`{name}` replaces no function of the page. It has: {', '.join(FUNCTIONS)}"
                )
            setattr(page.functions, name, function)
        return page

    @property
    def router(self) -> APIRouter:
        """To overlay onto a shop."""
        router = APIRouter()
        router.add_api_route("/orders", self.list_orders, response_model=list[Order])
        return router

    async def list_orders(
        self, database: DatabaseDep, response: Response, limit: Limit = 20
    ) -> list[dict[str, Any]]:
        do = self.functions
        async with database.reading() as session:
            orders: list[dict[str, Any]] = await do.newest_orders(session, limit)
            lines = await do.lines_of(session, [order["id"] for order in orders])
            products = await do.products_of(session, do.product_ids(lines))
        for product in products:
            product["name"] = do.clean_name(product["name"])
            product["sku"] = do.clean_sku(product["sku"])
        do.attach_products(lines, products)
        do.attach_lines(orders, lines)
        for order in orders:
            order["country"] = do.clean_country(order["country"])
        country = orders[0]["country"]
        response.headers["X-Delivery-Days"] = await do.delivery_days(self.carrier, country)
        response.headers["X-Exchange-Rate"] = await do.exchange_rate(self.carrier, country)
        response.headers["X-Tax-Rate"] = await do.tax_rate(self.carrier, country)
        return orders

    def _choose(self, faults: Faults, without: Sequence[str]) -> None:
        self.carrier = Carrier()
        sick = set(faults.values()) - set(without)
        chosen = {}
        for name in FUNCTIONS:
            version = second if (name in _AT_FAULT_IN_SECOND) == (name in sick) else first
            chosen[name] = getattr(version, name)
        self.functions = SimpleNamespace(**chosen)
