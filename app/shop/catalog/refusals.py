"""Errors for products that cannot be stored."""

from fastapi import HTTPException

from app.shop.errors import Invalid


class SkuTaken(HTTPException):
    """The sku belongs to another product: 409."""

    def __init__(self, sku: str, where: str = "body.sku") -> None:
        super().__init__(409, f'{where}: there is a product with the sku "{sku}" already.')


class UnknownCategory(Invalid):
    """The category does not exist: 422."""

    def __init__(self, category_id: int, where: str = "body.category_id") -> None:
        super().__init__(where, f"There is no category {category_id}.")


class SkuTwice(Invalid):
    """Two products in one request have the same sku: 422."""

    def __init__(self, sku: str, where: str, first: int) -> None:
        super().__init__(where, f'The product at {first} has the sku "{sku}" too.')
