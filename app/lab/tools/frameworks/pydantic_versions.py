"""Compares Pydantic 2 with the Pydantic 1 that it bundles, on the shop's own models."""

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
from app.lab.load.comparison import interval_json
from app.lab.load.schedule import short
from app.lab.load.statistics import Ratio, log_ratio_interval, times
from app.lab.tools.frameworks.jobs import DELIVERY
from app.lessons.frameworks.delivery import Delivery
from app.shop.catalog.schemas import Product
from app.shop.orders.schemas import Order

TOO_NEW = (3, 14)
"""The first Python that Pydantic 1 does not work on."""
BATCH_SECONDS = 0.004
CONSTRAINTS = ("min_length", "max_length", "gt", "ge", "lt", "le")


@dataclass(frozen=True, slots=True)
class Task:
    """The same work in both versions."""

    name: str
    v1: Callable[[], object]
    v2: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Timing:
    task: str
    v1_us: float
    v2_us: float
    ratio: Ratio
    """The speed of Pydantic 2 as a multiple of Pydantic 1's."""


@dataclass(frozen=True)
class PydanticComparison:
    rows: tuple[Timing, ...]
    versions: tuple[str, str] = ("", "")
    problem: str | None = None
    """Why there are no rows."""

    def to_json(self) -> dict[str, Any]:
        tasks = {
            row.task: {"v1_us": row.v1_us, "v2_us": row.v2_us, **interval_json(row.ratio)}
            for row in self.rows
        }
        return {"versions": list(self.versions), "tasks": tasks, "problem": self.problem}

    def table(self) -> Table:
        v1, v2 = self.versions
        headers = ["", f"{v1}, µs", f"{v2}, µs", "speed-up", "95 % interval"]
        rows = [
            [
                row.task,
                f"{row.v1_us:,.1f}",
                f"{row.v2_us:,.1f}",
                times(row.ratio.ratio),
                f"{times(row.ratio.low)} to {times(row.ratio.high)}",
            ]
            for row in self.rows
        ]
        caption = (
            f"The shop's own models under Pydantic {v1} and {v2}, medians. This Pydantic 1 is the "
            "copy bundled with Pydantic 2, in plain Python; the original package was compiled. The "
            "article says 5 to 50 times, without saying at what."
        )
        return Table(headers, rows, caption)

    def __str__(self) -> str:
        return self.problem or str(self.table())

    def _repr_html_(self) -> str:
        return f"<p>{self.problem}</p>" if self.problem else self.table().html()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(str(self))


def compare_pydantic(*, seconds: float = 4.0, seed: int | None = None) -> PydanticComparison:
    """Time every task in both versions, in interleaved batches in random order; blocking.

    Takes ``seconds`` in total. On a Python that Pydantic 1 does not support, ``problem`` says so.
    """
    if sys.version_info >= TOO_NEW:
        return PydanticComparison(
            (),
            problem="Pydantic 1 does not support Python 3.14 or later, so it is not compared.",
        )
    import pydantic
    from pydantic.v1 import VERSION

    work = tasks()
    each = (min(seconds, 0.5) if short() else seconds) / len(work)
    random = Random(seed)
    rows = tuple(_time(task, each, random) for task in work)
    return PydanticComparison(rows, (VERSION, pydantic.VERSION))


def tasks() -> Sequence[Task]:
    """The tasks compared. Both versions read the same and write JSON with the same fields."""
    from pydantic import v1

    orders, product, delivery = sample_orders(), sample_product(), json.dumps(dict(DELIVERY))
    orders_text, adapter = json.dumps(orders), TypeAdapter(list[Order])
    v1_order, v1_product, v1_delivery = v1_model(Order), v1_model(Product), v1_model(Delivery)
    v1_orders = v1.create_model("Orders", __root__=(list[v1_order], ...))  # type: ignore[valid-type]
    orders_1, orders_2 = v1_orders.parse_raw(orders_text), adapter.validate_json(orders_text)
    text = json.dumps(product)
    product_1, product_2 = v1_product.parse_raw(text), Product.model_validate_json(text)
    return (
        Task(
            "20 orders, validated from JSON",
            lambda: v1_orders.parse_raw(orders_text),
            lambda: adapter.validate_json(orders_text),
        ),
        Task(
            "20 orders, validated from dicts",
            lambda: v1_orders.parse_obj(orders),
            lambda: adapter.validate_python(orders),
        ),
        Task(
            "20 orders, written as JSON",
            lambda: orders_1.json(),
            lambda: adapter.dump_json(orders_2),
        ),
        Task(
            "one product, validated from JSON",
            lambda: v1_product.parse_raw(text),
            lambda: Product.model_validate_json(text),
        ),
        Task(
            "one product, written as JSON",
            lambda: product_1.json(),
            lambda: product_2.model_dump_json(),
        ),
        Task(
            "a body of 20 fields, validated from JSON",
            lambda: v1_delivery.parse_raw(delivery),
            lambda: Delivery.model_validate_json(delivery),
        ),
    )


def v1_model(model: type[BaseModel]) -> Any:
    """The same model in Pydantic 1, with the same fields, types and bounds."""
    from pydantic import v1

    fields: Mapping[str, Any] = {
        name: (_v1_type(field.annotation), v1.Field(..., **_bounds(field.metadata)))
        for name, field in model.model_fields.items()
    }
    return v1.create_model(model.__name__, **fields)


def _v1_type(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return v1_model(annotation)
    if get_origin(annotation) is list:
        return list[_v1_type(get_args(annotation)[0])]  # type: ignore[misc]
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
    product = {name: sample_product()[name] for name in ("id", "sku", "name")}
    return [
        {
            "id": order,
            "number": f"W{order}",
            "account_id": order if order % 2 else None,
            "country": "United Kingdom",
            "status": "completed",
            "placed_at": "2011-12-09T12:50:00Z",
            "lines": [
                {"id": 100 * order + line, "quantity": 6, "unit_price": "2.55", "product": product}
                for line in range(15)
            ],
        }
        for order in range(20)
    ]


def _time(task: Task, seconds: float, random: Random) -> Timing:
    counts = {version: _batch_size(version) for version in (task.v1, task.v2)}
    durations: dict[Callable[[], object], list[float]] = {task.v1: [], task.v2: []}
    begin = perf_counter()
    while perf_counter() - begin < seconds or len(durations[task.v1]) < 5:
        order = [task.v1, task.v2]
        random.shuffle(order)
        for version in order:
            durations[version].append(_seconds(version, counts[version]))
    ratio = log_ratio_interval(durations[task.v2], durations[task.v1])
    v1_us, v2_us = (1e6 * median(durations[version]) for version in (task.v1, task.v2))
    return Timing(task.name, v1_us, v2_us, ratio)


def _batch_size(work: Callable[[], object]) -> int:
    """The number of calls that takes about ``BATCH_SECONDS``."""
    work()
    return max(1, round(BATCH_SECONDS / max(_seconds(work, 3), 1e-7)))


def _seconds(work: Callable[[], object], count: int) -> float:
    """Mean duration of one call."""
    begin = perf_counter()
    for _ in range(count):
        work()
    return (perf_counter() - begin) / count
