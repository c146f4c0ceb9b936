"""The shop's own models under Pydantic 2 and under Pydantic 1, which Pydantic 2 brings along."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import median
from time import perf_counter
from typing import Any, get_args, get_origin

from pydantic import BaseModel, TypeAdapter

from app.lab.display.table import Table
from app.lab.frameworks.jobs import DELIVERY
from app.lab.load.comparison import interval_json
from app.lab.load.schedule import short
from app.lab.load.statistics import Ratio, log_ratio_interval, times
from app.lessons.frameworks.delivery import Delivery
from app.shop.catalog.schemas import Product
from app.shop.orders.schemas import Order

TOO_NEW = (3, 14)
"""The first Python that Pydantic 1 does not work on."""
BATCH_SECONDS = 0.004
CONSTRAINTS = ("min_length", "max_length", "gt", "ge", "lt", "le")


@dataclass(frozen=True, slots=True)
class Task:
    """The same work for either version."""

    name: str
    one: Callable[[], object]
    two: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Timed:
    task: str
    one_us: float
    two_us: float
    ratio: Ratio
    """How many times as fast Pydantic 2 is."""


@dataclass(frozen=True)
class PydanticComparison:
    rows: tuple[Timed, ...]
    versions: tuple[str, str] = ("", "")
    problem: str | None = None
    """Why there are no rows."""

    def to_json(self) -> dict[str, Any]:
        tasks = {
            row.task: {"v1_us": row.one_us, "v2_us": row.two_us, **interval_json(row.ratio)}
            for row in self.rows
        }
        return {"versions": list(self.versions), "tasks": tasks, "problem": self.problem}

    def table(self) -> Table:
        one, two = self.versions
        headers = ["", f"{one}, µs", f"{two}, µs", "times as fast", "95 % interval"]
        rows = [
            [
                row.task,
                f"{row.one_us:,.1f}",
                f"{row.two_us:,.1f}",
                times(row.ratio.ratio),
                f"{times(row.ratio.low)} to {times(row.ratio.high)}",
            ]
            for row in self.rows
        ]
        caption = (
            f"The shop's own models under Pydantic {one} and {two}, medians. Pydantic 1 is the one "
            "that Pydantic 2 carries along, in plain Python; its own package was compiled. The "
            "article says 5 to 50 times, and not of what."
        )
        return Table(headers, rows, caption)

    def __str__(self) -> str:
        return self.problem or str(self.table())

    def _repr_html_(self) -> str:
        return f"<p>{self.problem}</p>" if self.problem else self.table().html()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(str(self))


def compare_pydantic(*, seconds: float = 4.0, seed: int | None = None) -> PydanticComparison:
    """Every task under both versions, in interleaved batches in random order; blocking.

    ``seconds`` in all. On a Python that Pydantic 1 does not work on, ``problem`` says so.
    """
    if sys.version_info >= TOO_NEW:
        return PydanticComparison(
            (), problem="Pydantic 1 does not work on Python 3.14 or later, so it is not compared."
        )
    import pydantic
    from pydantic.v1 import VERSION

    work = tasks()
    each = (min(seconds, 0.5) if short() else seconds) / len(work)
    random = Random(seed)
    rows = tuple(_timed(task, each, random) for task in work)
    return PydanticComparison(rows, (VERSION, pydantic.VERSION))


def tasks() -> Sequence[Task]:
    """What is compared. Both versions read the same and write JSON of the same fields."""
    from pydantic import v1

    orders, product, delivery = sample_orders(), sample_product(), json.dumps(dict(DELIVERY))
    listed, adapter = json.dumps(orders), TypeAdapter(list[Order])
    one_order, one_product, one_delivery = twin(Order), twin(Product), twin(Delivery)
    many = v1.create_model("Orders", __root__=(list[one_order], ...))  # type: ignore[valid-type]
    of_one, of_two = many.parse_raw(listed), adapter.validate_json(listed)
    text = json.dumps(product)
    product_1, product_2 = one_product.parse_raw(text), Product.model_validate_json(text)
    return (
        Task(
            "20 orders, validated from JSON",
            lambda: many.parse_raw(listed),
            lambda: adapter.validate_json(listed),
        ),
        Task(
            "20 orders, validated from dicts",
            lambda: many.parse_obj(orders),
            lambda: adapter.validate_python(orders),
        ),
        Task(
            "20 orders, written as JSON", lambda: of_one.json(), lambda: adapter.dump_json(of_two)
        ),
        Task(
            "one product, validated from JSON",
            lambda: one_product.parse_raw(text),
            lambda: Product.model_validate_json(text),
        ),
        Task(
            "one product, written as JSON",
            lambda: product_1.json(),
            lambda: product_2.model_dump_json(),
        ),
        Task(
            "a body of 20 fields, validated from JSON",
            lambda: one_delivery.parse_raw(delivery),
            lambda: Delivery.model_validate_json(delivery),
        ),
    )


def twin(model: type[BaseModel]) -> Any:
    """The same model for Pydantic 1: the same fields of the same types with the same bounds."""
    from pydantic import v1

    fields: Mapping[str, Any] = {
        name: (_of_one(field.annotation), v1.Field(..., **_bounds(field.metadata)))
        for name, field in model.model_fields.items()
    }
    return v1.create_model(model.__name__, **fields)


def _of_one(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return twin(annotation)
    if get_origin(annotation) is list:
        return list[_of_one(get_args(annotation)[0])]  # type: ignore[misc]
    return annotation


def _bounds(metadata: Sequence[Any]) -> dict[str, Any]:
    return {
        name: getattr(item, name)
        for item in metadata
        for name in CONSTRAINTS
        if getattr(item, name, None) is not None
    }


def sample_product() -> dict[str, Any]:
    return {
        "id": 1,
        "sku": "85123A",
        "name": "White hanging heart T-light holder",
        "description": "Holds one tea light. Hangs from its own ribbon.",
        "price": "2.55",
        "category_id": 3,
    }


def sample_orders() -> list[dict[str, Any]]:
    """20 orders of 15 lines."""
    shown = {name: sample_product()[name] for name in ("id", "sku", "name")}
    return [
        {
            "id": order,
            "number": f"W{order}",
            "account_id": order if order % 2 else None,
            "country": "United Kingdom",
            "status": "completed",
            "placed_at": "2011-12-09T12:50:00Z",
            "lines": [
                {"id": 100 * order + line, "quantity": 6, "unit_price": "2.55", "product": shown}
                for line in range(15)
            ],
        }
        for order in range(20)
    ]


def _timed(task: Task, seconds: float, random: Random) -> Timed:
    counts = {version: _batch(version) for version in (task.one, task.two)}
    taken: dict[Callable[[], object], list[float]] = {task.one: [], task.two: []}
    begin = perf_counter()
    while perf_counter() - begin < seconds or len(taken[task.one]) < 5:
        order = [task.one, task.two]
        random.shuffle(order)
        for version in order:
            taken[version].append(_seconds(version, counts[version]))
    ratio = log_ratio_interval(taken[task.two], taken[task.one])
    one, two = (1e6 * median(taken[version]) for version in (task.one, task.two))
    return Timed(task.name, one, two, ratio)


def _batch(work: Callable[[], object]) -> int:
    """How many calls take ``BATCH_SECONDS``."""
    work()
    return max(1, round(BATCH_SECONDS / max(_seconds(work, 3), 1e-7)))


def _seconds(work: Callable[[], object], count: int) -> float:
    """Of one call."""
    begin = perf_counter()
    for _ in range(count):
        work()
    return (perf_counter() - begin) / count
