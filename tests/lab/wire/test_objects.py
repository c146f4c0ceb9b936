"""The objects that a request builds, validates and converts, each checked against another count."""

import asyncio
import gc
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import Context
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from types import FrameType
from typing import Any, ClassVar

import pytest
from fastapi import FastAPI
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, RootModel, TypeAdapter, field_validator
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Mapper, selectinload

from app.course.objects import Objects
from app.lab import count_work
from app.lab.serving.exchange import Exchange, exchange
from app.lab.serving.http import client
from app.lab.serving.server import Server
from app.lab.wire.ledger import CURRENT
from app.lab.wire.middleware import INSTRUMENTS_HEADER
from app.shop.models import Order, OrderLine


class Built(BaseModel):
    """Counts its instances by Pydantic's own means."""

    model_config = ConfigDict(from_attributes=True)
    instances: ClassVar[int] = 0

    def model_post_init(self, _context: Any) -> None:
        Built.instances += 1


class Line(Built):
    quantity: int
    price: Decimal = Decimal("2.50")


class Basket(Built):
    lines: list[Line]
    at: datetime = datetime(2011, 12, 9, 12, 50, tzinfo=UTC)


class Row:
    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)


DATA = {"lines": [{"quantity": 1}, {"quantity": 2}]}
ROW = Row(lines=[Row(quantity=1), Row(quantity=2)])
AS_JSON = b'{"lines": [{"quantity": 1}, {"quantity": 2}]}'
BASKET = Basket.model_validate(DATA)


async def observed(app: FastAPI, **options: Any) -> Exchange:
    with Server(app) as server:
        await exchange(server, "/", **options)
        return await exchange(server, "/", instruments=["objects"], **options)


async def objects(app: FastAPI, **options: Any) -> Objects:
    found = (await observed(app, **options)).objects
    assert found is not None
    return found


def answering(value: Any, **options: Any) -> FastAPI:
    app = FastAPI()

    @app.get("/", **options)
    async def answer() -> Any:
        return value() if callable(value) else value

    return app


# Validation, against what the models count themselves.


@pytest.mark.parametrize(
    ("validate", "expected"),
    [
        (lambda: TypeAdapter(Basket).validate_python(DATA), 3),
        (lambda: TypeAdapter(list[Basket]).validate_python([DATA, ROW], from_attributes=True), 6),
        (lambda: TypeAdapter(dict[str, Basket]).validate_python({"a": DATA}), 3),
        (lambda: TypeAdapter(Basket).validate_json(AS_JSON), 3),
        (lambda: TypeAdapter(Line).validate_strings({"quantity": "1"}), 1),
        (lambda: TypeAdapter(Basket).validate_python(BASKET), 0),
        (lambda: TypeAdapter(list[Line]).validate_python([{"quantity": 1}, *BASKET.lines]), 1),
        (lambda: Basket.model_validate(DATA), 3),
        (lambda: Basket.model_validate(obj=ROW), 3),
        (lambda: Basket.model_validate_json(AS_JSON), 3),
        (lambda: Line.model_validate_strings({"quantity": "1"}), 1),
        (lambda: Basket(lines=BASKET.lines), 1),
        (lambda: Basket(lines=[Line(quantity=1), Line(quantity=2)]), 3),
        (lambda: TypeAdapter(tuple[int, ...]).validate_python([1, 2]), 0),
    ],
)
def test_validations_are_the_objects_that_validation_builds(
    validate: Callable[[], object], expected: int
) -> None:
    before = Built.instances
    with count_work(objects=True) as seen:
        validate()
    assert Built.instances - before == expected
    assert seen.objects == Objects(validations=expected)


class Whole(RootModel[list[Line]]):
    pass


class Checked(Built):
    line: Line

    @field_validator("line", mode="before")
    @classmethod
    def _by_hand(cls, value: Any) -> Line:
        return Line(quantity=value)


class WithInit(Built):
    line: Line

    def __init__(self, **data: Any) -> None:
        super().__init__(**data)


class Again(Built):
    model_config = ConfigDict(revalidate_instances="always")
    number: int


AGAIN = Again(number=1)


@dataclass(slots=True)
class Plain:
    lines: list[Line]


def test_every_kind_of_model_counts_once() -> None:
    def validations(validate: Callable[[], object]) -> int:
        with count_work(objects=True) as seen:
            validate()
        assert seen.objects is not None
        return seen.objects.validations

    assert validations(lambda: Whole.model_validate([{"quantity": 1}])) == 2
    assert validations(lambda: Checked.model_validate({"line": 1})) == 2
    assert validations(lambda: TypeAdapter(list[Checked]).validate_python([{"line": 1}])) == 2
    assert validations(lambda: WithInit(line={"quantity": 1})) == 2
    assert (
        validations(lambda: TypeAdapter(WithInit).validate_python({"line": {"quantity": 1}})) == 2
    )
    assert validations(lambda: TypeAdapter(Again).validate_python(AGAIN)) == 1
    assert validations(lambda: TypeAdapter(Plain).validate_python(DATA)) == 3
    assert validations(lambda: TypeAdapter(Plain).validate_python(Plain(BASKET.lines))) == 0
    assert validations(lambda: Line.model_construct(quantity=1)) == 0


def test_what_is_not_validated_counts_by_itself() -> None:
    with count_work(objects=True) as seen:
        Line.model_construct(quantity=1)
        BASKET.model_dump()
        BASKET.model_dump_json()
        TypeAdapter(Basket).dump_python(BASKET)
        TypeAdapter(Basket).dump_json(BASKET)
    assert seen.objects == Objects(constructed=1, python_dumps=2, json_dumps=2)
    assert seen.objects.built == 1


def test_what_pydantic_raises_is_passed_on() -> None:
    with count_work(objects=True) as seen, pytest.raises(ValueError, match="quantity"):
        TypeAdapter(Line).validate_python({})
    assert seen.objects == Objects()


# The encoder, against the interpreter's own count of the calls.


ENCODED = (1, [1, 2], {"a": [1, {"b": None}]}, BASKET, [ROW, BASKET])


def calls_while_encoding(value: Any) -> int:
    """Only in a process of its own: with other threads, CPython 3.11 may never leave the first
    instruction of a function that is profiled."""
    calls = 0

    def count(frame: FrameType, what: str, _argument: object) -> None:
        nonlocal calls
        calls += what == "call" and frame.f_code is jsonable_encoder.__code__

    sys.setprofile(count)
    try:
        jsonable_encoder(value)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.slow
def test_encoder_calls_are_those_the_interpreter_sees() -> None:
    code = (
        f"from {__name__} import ENCODED, calls_while_encoding\n"
        "print(*map(calls_while_encoding, ENCODED))"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    expected = [int(calls) for calls in process.stdout.split()]
    counted = []
    for value in ENCODED:
        with count_work(objects=True) as seen:
            # This module has its own reference to the function.
            jsonable_encoder(value)
        assert seen.objects is not None
        counted.append(seen.objects.encoder_calls)
    assert counted == expected
    assert min(counted) > 0


def test_a_module_with_two_names_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "the_same_under_another_name", sys.modules[__name__])
    with count_work(objects=True) as seen:
        jsonable_encoder(1)
    assert seen.objects == Objects(encoder_calls=1)


# ORM objects, against those that are alive.


async def test_loaded_objects_are_those_in_memory(engine: AsyncEngine) -> None:
    query = select(Order).where(Order.id < 20).options(selectinload(Order.lines))
    gc.collect()
    before = sum(isinstance(one, Order | OrderLine) for one in gc.get_objects())
    async with AsyncSession(engine) as session:
        with count_work(objects=True) as first:
            orders = (await session.scalars(query)).all()
        alive = sum(isinstance(one, Order | OrderLine) for one in gc.get_objects()) - before
        with count_work(objects=True) as second:
            await session.scalars(query)
    await engine.dispose()
    assert first.objects is not None
    assert first.objects.loaded == first.objects.built == alive
    assert alive == len(orders) + sum(len(order.lines) for order in orders)
    assert second.objects == Objects(), "they were in the session already"


# Requests.


async def test_fastapi_writes_json_itself_unless_a_response_class_is_named() -> None:
    declared = await objects(answering(DATA, response_model=Basket))
    assert declared == Objects(validations=3, json_dumps=1)
    named = await objects(answering(DATA, response_model=Basket, response_class=JSONResponse))
    assert named == Objects(validations=3, python_dumps=1)
    # The list of two, with a key and a value each; then the dump of the models inside.
    without = await objects(answering([1, {"a": 2}], response_model=None))
    assert without == Objects(encoder_calls=5)


async def test_instances_pass_the_response_model_as_they_are() -> None:
    model = BASKET
    assert await objects(answering(model, response_model=Basket)) == Objects(json_dumps=1)
    twice = await objects(
        answering(lambda: Basket.model_validate(DATA).model_dump(), response_model=Basket)
    )
    assert twice == Objects(validations=6, python_dumps=1, json_dumps=1)


async def test_a_function_in_a_thread_is_counted() -> None:
    app = FastAPI()

    @app.get("/", response_model=Basket)
    def answer() -> Any:
        return Basket.model_validate(DATA).model_dump()

    assert (await objects(app)).validations == 6


async def test_a_request_body_counts() -> None:
    app = FastAPI()

    @app.post("/", response_model=None)
    async def accept(basket: Basket) -> int:
        return len(basket.lines)

    seen = await objects(app, method="POST", body=DATA)
    assert seen == Objects(validations=3, encoder_calls=1)


async def test_other_requests_do_not_count() -> None:
    """The same server answers 20 of them while the observed one waits."""
    app = FastAPI()
    may_go = asyncio.Event()

    @app.get("/")
    async def wait() -> Basket:
        await may_go.wait()
        return Basket.model_validate(DATA)

    @app.get("/other")
    async def other() -> list[Basket]:
        return [Basket.model_validate(DATA) for _ in range(5)]

    with Server(app) as server:
        observing = asyncio.ensure_future(exchange(server, "/", instruments=["objects"]))
        async with client(server.url) as http:
            for _ in range(20):
                assert (await http.get("/other")).status_code == 200
        server.loop.call_soon_threadsafe(may_go.set)
        seen = await observing
    assert seen.objects == Objects(validations=3, json_dumps=1)


async def test_two_observed_requests_count_apart() -> None:
    app = FastAPI()
    both = asyncio.Barrier(2)

    @app.get("/{number}")
    async def wait(number: int) -> list[Line]:
        await both.wait()
        return [Line(quantity=1) for _ in range(number)]

    with Server(app) as server:
        seen = await asyncio.gather(
            *(exchange(server, f"/{number}", instruments=["objects"]) for number in (3, 7))
        )
    assert [one.objects and one.objects.validations for one in seen] == [3, 7]


async def test_work_on_behalf_of_no_request_counts_apart() -> None:
    """Such as that of a task which the application has started for itself."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async def validate() -> None:
            while True:
                await asyncio.sleep(0)
                Basket.model_validate(DATA)

        task = asyncio.ensure_future(validate())
        yield
        task.cancel()

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    async def answer() -> Line:
        await asyncio.sleep(0.01)
        return Context().run(Line, quantity=1)

    seen = await objects(app)
    assert (seen.validations, seen.json_dumps) == (0, 1)
    assert seen.unattributed > 3


async def test_a_changed_hook_makes_the_counts_unknown() -> None:
    app = FastAPI()
    validate = TypeAdapter.validate_python

    @app.get("/")
    async def cheat() -> int:
        TypeAdapter.validate_python = validate  # type: ignore[method-assign]
        return 1

    seen = await observed(app)
    assert seen.objects is None
    assert "unknown" in str(seen)
    assert_no_hooks()


async def test_a_record_that_no_longer_counts_makes_the_counts_unknown() -> None:
    app = FastAPI()

    @app.get("/")
    async def cheat() -> int:
        record = CURRENT.get()
        assert record is not None
        record.objects = None
        return 1

    assert (await observed(app)).objects is None
    assert_no_hooks()


def assert_no_hooks() -> None:
    assert TypeAdapter.validate_python.__module__ == "pydantic.type_adapter"
    functions: list[Any] = [TypeAdapter.validate_python, TypeAdapter.dump_json, jsonable_encoder]
    functions += [BaseModel.__init__, BaseModel.model_validate, BaseModel.model_construct]
    assert not any(hasattr(function, "__wrapped__") for function in functions)
    assert not event.contains(Mapper, "load", lambda *_: None)


async def test_hooks_are_in_place_only_while_they_count() -> None:
    app = FastAPI()
    hooked: list[bool] = []

    @app.get("/")
    async def fail() -> None:
        hooked.append(hasattr(TypeAdapter.validate_python, "__wrapped__"))
        raise ValueError("no")

    seen = await observed(app)
    assert seen.status == 500
    assert seen.objects is not None
    assert hooked == [False, True]
    assert_no_hooks()


async def test_only_a_request_of_the_labs_own_is_observed() -> None:
    """A header that anybody can send does not make an application slow."""
    app = FastAPI()
    hooked: list[bool] = []

    @app.get("/")
    async def read() -> None:
        hooked.append(hasattr(TypeAdapter.validate_python, "__wrapped__"))

    with Server(app) as server:
        async with client(server.url) as http:
            await http.get("/", headers={INSTRUMENTS_HEADER.decode(): "objects"})
    assert hooked == [False]


async def test_the_counts_are_shown() -> None:
    seen = await observed(answering(DATA, response_model=Basket))
    row = dict(zip(seen.counters().headers, seen.counters().rows[0], strict=True))
    assert row["objects built by validation"] == "3"
    assert row["dumps to JSON"] == "1"
