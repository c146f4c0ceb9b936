"""The five frameworks answer alike, and cause the expected work in PostgreSQL."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from app.lab.load import Request
from app.lab.tools.frameworks.answers import Answer, Key, Reply, differences, fetch
from app.lab.tools.frameworks.jobs import DELIVERY, ECHO, JOBS, ORDERS, PRODUCT, Access, Job
from app.lab.tools.frameworks.server import RunningServer
from tests.lab.tools.frameworks.conftest import SLUGS, require

pytestmark = pytest.mark.slow

Answers = Mapping[Key, Answer]
CASES = [(job, access) for job in JOBS for access in job.accesses]

STATEMENTS = {"constant": 0, "echo": 0, "product": 1, "orders": 2}
"""Per request with the usual data access: one for the lines of all orders, not one per order."""
TRANSACTIONS = ("fastapi", "flask")
"""SQLAlchemy opens a transaction and rolls it back: two more round trips."""


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize(("job", "access"), CASES, ids=lambda value: getattr(value, "slug", value))
def test_answers_like_fastapi(answers: Answers, slug: str, job: Job, access: Access) -> None:
    require(slug)
    reply = answers[slug, job.slug, access].reply
    assert reply.status == 200
    assert reply.content_type.partition(";")[0] == "application/json"
    assert reply.body == answers["fastapi", job.slug, "usual"].reply.body


def test_answers_are_as_specified(answers: Answers) -> None:
    bodies = {job.slug: answers["fastapi", job.slug, "usual"].reply.body for job in JOBS}
    assert bodies["constant"] == {"message": "Hello, World!"}
    assert bodies["echo"] == DELIVERY
    assert len(DELIVERY) == 20
    assert set(bodies["product"]) == {*("id", "sku", "name", "description", "price", "category_id")}
    assert len(bodies["orders"]) == 20
    assert sum(len(order["lines"]) for order in bodies["orders"]) > 100


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.slug)
def test_statements_of_the_usual_access(answers: Answers, slug: str, job: Job) -> None:
    require(slug)
    work = answers[slug, job.slug, "usual"].work.per_request()
    assert work["statements"] == STATEMENTS[job.slug]
    extra = 2 if slug in TRANSACTIONS and job.reads else 0
    assert work["round_trips"] == STATEMENTS[job.slug] + extra


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("job", [PRODUCT, ORDERS], ids=lambda job: job.slug)
def test_the_fastest_access_is_the_same_statement_for_all(
    answers: Answers, slug: str, job: Job
) -> None:
    require(slug)
    answer = answers[slug, job.slug, "fastest"]
    assert answer.work.per_request()["statements"] == 1
    assert answer.work.per_request()["round_trips"] == 1
    (statement,) = answer.statements
    (expected,) = answers["fastapi", job.slug, "fastest"].statements
    assert without_values(statement) == without_values(expected)


def without_values(statement: str) -> str:
    """Values may be parameters or, as with Django, part of the text."""
    return re.sub(r"\s+", "", re.sub(r"\$\d+|\b\d+\b", "?", statement))


def get(servers: Mapping[str, RunningServer], slug: str, path: str) -> Reply:
    require(slug)
    return fetch(servers[slug].url, Request(path))


def post(servers: Mapping[str, RunningServer], slug: str, body: bytes) -> Reply:
    require(slug)
    headers = (("content-type", "application/json"),)
    return fetch(servers[slug].url, Request(ECHO.path, "POST", headers, body))


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("path", ["/products/999999", "/fast/products/999999"])
def test_a_product_that_does_not_exist(
    servers: Mapping[str, RunningServer], slug: str, path: str
) -> None:
    assert get(servers, slug, path).status == 404


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("number", ["x", "1.5", "-1", "99999999999"])
@pytest.mark.parametrize("path", ["/products", "/fast/products"])
def test_an_invalid_id(
    servers: Mapping[str, RunningServer], slug: str, number: str, path: str
) -> None:
    assert get(servers, slug, f"{path}/{number}").status in (404, 422)


BAD = [
    {"reference": "42"},
    {"first_name": ""},
    {"last_name": "x" * 101},
    {"postcode": "1"},
    {"country": "GBR"},
    {"language": "xx"},
    {"currency": None},
    {"quantity": 0},
    {"quantity": 1000},
    {"quantity": "many"},
    {"weight_kg": 0},
    {"discount": 1.5},
    {"gift": None},
    {"newsletter": "perhaps"},
    {"delivery_date": "24.12.2026"},
    {"instructions": "x" * 501},
]


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("wrong", BAD, ids=lambda wrong: next(iter(wrong)))
def test_an_invalid_field_is_rejected(
    servers: Mapping[str, RunningServer], slug: str, wrong: dict[str, Any]
) -> None:
    assert post(servers, slug, json.dumps({**DELIVERY, **wrong}).encode()).status == 422


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("field", DELIVERY)
def test_a_missing_field_is_rejected(
    servers: Mapping[str, RunningServer], slug: str, field: str
) -> None:
    body = {name: value for name, value in DELIVERY.items() if name != field}
    assert post(servers, slug, json.dumps(body).encode()).status == 422


@pytest.mark.parametrize("slug", SLUGS)
def test_fields_that_may_be_empty_or_zero(servers: Mapping[str, RunningServer], slug: str) -> None:
    body = {**DELIVERY, "company": "", "instructions": "", "discount": 0, "gift": False}
    reply = post(servers, slug, json.dumps(body).encode())
    assert (reply.status, reply.body) == (200, body)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_body_that_is_not_json(servers: Mapping[str, RunningServer], slug: str) -> None:
    assert post(servers, slug, b"{").status in (400, 422)


def test_differences_name_the_framework_that_answers_differently(answers: Answers) -> None:
    assert differences(answers) == {}
    key: Key = ("fastapi", "echo", "usual")
    other = Answer(Reply(200, "", {"no": "echo"}, 13), answers[key].work, ())
    assert list(differences({key: answers[key], ("x", "echo", "usual"): other})) == [
        ("x", "echo", "usual")
    ]
