"""The bodies of bulk requests, validated while they are parsed."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError

from app.shop.catalog.schemas import NewProduct, NewProducts, PriceChange, PriceChanges

T = TypeVar("T")

_PRODUCTS: TypeAdapter[list[NewProduct]] = TypeAdapter(NewProducts)
_PRICES: TypeAdapter[list[PriceChange]] = TypeAdapter(PriceChanges)


def _reader(adapter: TypeAdapter[T]) -> Callable[[Request], Awaitable[T]]:
    async def read(request: Request) -> T:
        """Parse the body. Raises ``RequestValidationError`` for the first invalid item."""
        try:
            return adapter.validate_json(await request.body())
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            raise RequestValidationError(
                [{**one, "loc": ("body", *one["loc"])} for one in found]
            ) from error

    return read


def described_products() -> dict[str, Any]:
    """The ``openapi_extra`` of an endpoint that takes ``Products``."""
    schema = _PRODUCTS.json_schema(ref_template="#/components/schemas/{model}")
    del schema["$defs"]  # the endpoint for one product describes NewProduct already
    return _described(schema)


def described_prices() -> dict[str, Any]:
    """The ``openapi_extra`` of an endpoint that takes ``Prices``."""
    schema = _PRICES.json_schema()
    # No other endpoint describes it, so there is nothing to refer to.
    schema["items"] = schema.pop("$defs")[PriceChange.__name__]
    return _described(schema)


def _described(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


# Parsed from bytes to models in one step: FastAPI would parse a body parameter into dicts first,
# which takes a quarter longer for ten thousand products.
Products = Annotated[list[NewProduct], Depends(_reader(_PRODUCTS))]
Prices = Annotated[list[PriceChange], Depends(_reader(_PRICES))]
