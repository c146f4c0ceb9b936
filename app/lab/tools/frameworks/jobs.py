"""The four jobs that every framework does, and their requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from app.lab.load import Request
from app.lab.load.schedule import short

Access = Literal["usual", "fastest"]
"""How a framework reads the database: as its community usually does, or in the fastest reasonable
way."""


@dataclass(frozen=True, slots=True)
class Job:
    slug: str
    title: str
    path: str
    reads: bool
    """Whether it reads the database, and is therefore done in both ways."""

    @property
    def accesses(self) -> tuple[Access, ...]:
        return ("usual", "fastest") if self.reads else ("usual",)

    def path_for(self, access: Access) -> str:
        return f"/fast{self.path}" if access == "fastest" else self.path


CONSTANT = Job("constant", "a constant JSON object", "/constant", reads=False)
PRODUCT = Job("product", "one product by id, random ids", "/products", reads=True)
ORDERS = Job("orders", "20 orders with their lines", "/orders", reads=True)
ECHO = Job("echo", "a body of 20 fields, validated and echoed", "/deliveries", reads=False)
JOBS = (CONSTANT, PRODUCT, ORDERS, ECHO)

DELIVERY: Mapping[str, Any] = {
    "reference": "7d5ee5e0-5c46-4d4c-9d0e-3c4cf4b2a6f1",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "company": "Analytical Engines",
    "street": "St James's Square",
    "house_number": "12a",
    "postcode": "SW1Y 4JH",
    "city": "London",
    "country": "GB",
    "phone": "+44 20 7946 0000",
    "language": "en",
    "currency": "GBP",
    "quantity": 3,
    "weight_kg": 2.5,
    "discount": 0.1,
    "gift": True,
    "express": False,
    "newsletter": False,
    "delivery_date": "2026-12-24",
    "instructions": "Leave it with the neighbour.",
}
"""A valid body."""

HIGHEST_ID = 3_600
"""The shop has a few more products."""


def requests_for(job: Job, access: Access = "usual") -> tuple[Request, ...]:
    """The requests of a job, the same for every framework."""
    path = job.path_for(access)
    if job is PRODUCT:
        return tuple(Request(f"{path}/{number}") for number in random_ids())
    if job is ECHO:
        headers = (("content-type", "application/json"),)
        body = Request.with_json(path, dict(DELIVERY)).body
        return (Request(path, "POST", headers, body, same_body=True),)
    return (Request(path),)


def random_ids() -> Sequence[int]:
    """Always the same IDs; only a few in short mode, because each is checked first."""
    return Random(0).sample(range(1, HIGHEST_ID), 20 if short() else 100)
