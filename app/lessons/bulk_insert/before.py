"""A bulk import that inserts one product per statement."""

from fastapi import APIRouter

from app.course.overlay import Overlay
from app.shop.accounts.authorization import requires
from app.shop.catalog.bulk_body import Products
from app.shop.catalog.refusals import SkuTaken, SkuTwice, UnknownCategory
from app.shop.catalog.schemas import ProductsCreated
from app.shop.catalog.writes import create_product
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


BEFORE = Overlay(routers=(router,))
