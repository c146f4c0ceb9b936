"""The body of 20 fields as a Pydantic model, shared by FastAPI and Flask."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

Name = Annotated[str, Field(min_length=1, max_length=100)]


class Delivery(BaseModel):
    reference: UUID
    first_name: Name
    last_name: Name
    company: Annotated[str, Field(max_length=100)]
    street: Annotated[str, Field(min_length=1, max_length=200)]
    house_number: Annotated[str, Field(min_length=1, max_length=20)]
    postcode: Annotated[str, Field(min_length=3, max_length=12)]
    city: Name
    country: Annotated[str, Field(min_length=2, max_length=2)]
    phone: Annotated[str, Field(min_length=5, max_length=20)]
    language: Literal["en", "de", "fr", "es"]
    currency: Literal["GBP", "EUR", "USD"]
    quantity: Annotated[int, Field(ge=1, le=999)]
    weight_kg: Annotated[float, Field(gt=0, le=1000)]
    discount: Annotated[float, Field(ge=0, le=1)]
    gift: bool
    express: bool
    newsletter: bool
    delivery_date: date
    instructions: Annotated[str, Field(max_length=500)]
