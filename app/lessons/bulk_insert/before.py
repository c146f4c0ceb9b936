"""A bulk import that inserts one product per statement; the price changes have the same flaw."""

from fastapi import APIRouter

from app.course.overlay import Overlay
from app.shop.accounts.authorization import requires
from app.shop.catalog.bulk_body import Prices, Products
from app.shop.catalog.refusals import (
    ChangedTwice,
    SkuTaken,
    SkuTwice,
    UnknownCategory,
    UnknownProducts,
)
from app.shop.catalog.schemas import PricesChanged, ProductsCreated
from app.shop.catalog.writes import change_product, create_product
from app.shop.dependencies import WriteSession, changes

router = APIRouter(include_in_schema=False)


@router.post("/products/bulk", status_code=201, dependencies=[requires("catalog:write")])
async def create_products(session: WriteSession, products: Products) -> ProductsCreated:
    """Add up to 10,000 products: all of them, or none."""
    places: dict[str, int] = {}
    ids = []
    for index, product in enumerate(products):
        if product.sku in places:
            raise SkuTwice(product.sku, f"body.{index}.sku", places[product.sku])
        places[product.sku] = index
        try:
            number, _ = await create_product(session, product)
        except SkuTaken as error:
            raise SkuTaken(product.sku, f"body.{index}.sku") from error
        except UnknownCategory as error:
            where = f"body.{index}.category_id"
            raise UnknownCategory(product.category_id, where) from error
        ids.append(number)
    changes(session, "products", *(f"product:{number}" for number in ids))
    return ProductsCreated(count=len(ids), ids=ids)


@router.patch("/products/prices", dependencies=[requires("catalog:write")])
async def change_prices(session: WriteSession, prices: Prices) -> PricesChanged:
    """Change up to 5,000 prices: all of them, or none."""
    places: dict[int, int] = {}
    unknown: dict[int, int] = {}
    for index, change in enumerate(prices):
        if change.id in places:
            raise ChangedTwice(change.id, f"body.{index}.id", places[change.id])
        places[change.id] = index
        if await change_product(session, change.id, {"price": change.price}) is None:
            unknown[index] = change.id
    if unknown:
        raise UnknownProducts(unknown)
    changes(session, "products", *(f"product:{number}" for number in places))
    return PricesChanged(count=len(prices))


BEFORE = Overlay(routers=(router,))
