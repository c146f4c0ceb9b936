"""Errors for products that cannot be stored."""

from collections.abc import Mapping

from fastapi import HTTPException

from app.shop.errors import FieldError, Invalid


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


class ChangedTwice(Invalid):
    """Two changes in one request concern the same product: 422."""

    def __init__(self, product_id: int, where: str, first: int) -> None:
        super().__init__(where, f"The change at {first} has the id {product_id} too.")


class UnknownProducts(Invalid):
    """Some changes concern products that do not exist: 422, with every one of them."""

    def __init__(self, unknown: Mapping[int, int]) -> None:
        """``unknown``: one id or more, by position in the request, counted from 0."""
        errors = [
            FieldError(location=f"body.{index}.id", detail=f"There is no product {product_id}.")
            for index, product_id in unknown.items()
        ]
        super().__init__(errors[0].location, errors[0].detail)
        self.errors = errors
