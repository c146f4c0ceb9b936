"""The exercise: two endpoints with the same text, each object built at most once."""

from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter

from app.course.evidence import Burst, Change, Evidence, Observation, Probe
from app.course.exercise import Refusal
from app.course.kinds import EndpointExercise
from app.course.objects import Objects
from app.course.steps import (
    answers,
    answers_bursts,
    same_answer,
    same_answer_after_changes,
    same_answer_concurrently,
    same_text,
    served_by_learner,
)
from app.lessons.serialization.description import fields_of
from app.lessons.serialization.trial import trial
from app.shop.accounts.schemas import User
from app.shop.orders.schemas import Order

CLIENTS = 40
GUEST, UNKNOWN = 14_260, 999_999_999
"""Orders: of a guest, so that its account is null, and one that does not exist."""

EXPECTED: dict[str, Any] = {"/users": list[User], "/orders/{order_id}": Order}


def objects_in(answer: Any) -> int:
    """The objects in decoded JSON, at any depth."""
    if isinstance(answer, list):
        return sum(objects_in(item) for item in answer)
    return 1 + objects_in(list(answer.values())) if isinstance(answer, dict) else 0


def counted(evidence: Evidence) -> Refusal | None:
    """What counts objects has counted."""
    for seen in _shown(evidence):
        if seen.objects is None or seen.first_objects is None:
            return Refusal(
                f"While {seen.probe} was answered, your code replaced a function of Pydantic or "
                "FastAPI in which the lab counts. Leave them as they are.",
            )
    return None


def built_once(evidence: Evidence) -> Refusal | None:
    """Pydantic builds at most one object for each object in a response."""
    for seen in _shown(evidence):
        expected = objects_in(seen.answer)
        for when, objects in _requests(seen):
            built = objects.validations + objects.constructed
            if built > expected:
                return Refusal(
                    f"{seen.probe}: {when}Pydantic built {built:,} objects, and the response has "
                    f"{expected:,}; expected at most one for each.",
                    hint=2,
                )
    return None


def never_encoded(evidence: Evidence) -> Refusal | None:
    """No response passes through ``jsonable_encoder``."""
    for seen in _shown(evidence):
        for when, objects in _requests(seen):
            if objects.encoder_calls:
                return Refusal(
                    f"{seen.probe}: {when}`jsonable_encoder` was called {objects.encoder_calls:,} "
                    "times; expected none.",
                    hint=2,
                )
    return None


def made_in_the_request(evidence: Evidence) -> Refusal | None:
    """What is shown was read and built on behalf of the request."""
    for seen in _shown(evidence):
        elsewhere = seen.unattributed + sum(objects.unattributed for _, objects in _requests(seen))
        if elsewhere or not seen.work.statements:
            return Refusal(
                f"{seen.probe}: statements on behalf of the request: {seen.work.statements}; "
                f"statements and objects on behalf of no request: {elsewhere}. Read and build "
                "what you show in the request's own task.",
            )
    return None


def documented(evidence: Evidence) -> Refusal | None:
    """The description of the API has the fields of both responses."""
    for path, described in evidence.extra.get("described", {}).items():
        schema = TypeAdapter(EXPECTED[path]).json_schema(mode="serialization")
        if described != fields_of(schema, schema.get("$defs", {})):
            return Refusal(
                f"The responses are right, but the description of the API no longer has the fields "
                f"of GET {path}. A `response_model` is documented even where the endpoint returns "
                "a `Response`.",
                hint=4,
            )
    return None


def fails_openly(evidence: Evidence) -> Refusal | None:
    """Without a database, the response is an error."""
    for path, status in evidence.extra.get("without_database", {}).items():
        if status < 500:
            return Refusal(
                f"While PostgreSQL could not be reached, GET {path} was answered with {status}; "
                "expected the shop's own error. Let exceptions reach its handlers.",
            )
    return None


def _shown(evidence: Evidence) -> list[Observation]:
    return [seen for seen in evidence.observations if seen.status == 200]


def _requests(seen: Observation) -> list[tuple[str, Objects]]:
    """The objects of the second request and of the first, with words that say which."""
    both = (("", seen.objects), ("at the first request, ", seen.first_objects))
    return [(when, objects) for when, objects in both if objects is not None]


_STEPS: tuple[Callable[[Evidence], Refusal | None], ...] = (
    answers,
    served_by_learner,
    same_answer,
    same_text,
    counted,
    built_once,
    never_encoded,
    documented,
    fails_openly,
    same_answer_concurrently,
    same_answer_after_changes,
    answers_bursts(hint=1),
    made_in_the_request,
)

EXERCISE = EndpointExercise(
    goal="GET /api/users and GET /api/orders/{order_id} send the same text, white space apart. "
    "Pydantic builds at most one object for each object in a response, `jsonable_encoder` is never "
    "called, and the description of the API has the fields of both. Errors remain errors.",
    probes=(
        Probe("/api/users?after=3000"),
        Probe("/api/users?limit=3&after=3007"),
        Probe("/api/users?limit=0"),
        Probe(f"/api/orders/{GUEST}"),
        Probe(f"/api/orders/{UNKNOWN}"),
    ),
    count_objects=True,
    changes=(
        Probe(
            "/api/products/1",
            method="PATCH",
            json={"name": "White hanging heart"},
            account=1,
            scopes=("catalog:write",),
        ),
        Change(
            "UPDATE accounts SET full_name = full_name || ' (renamed)' WHERE id > 3000; "
            "UPDATE order_lines SET unit_price = unit_price + 0.10 "
            f"WHERE order_id = {GUEST}",
            "accounts were renamed and prices were corrected",
        ),
    ),
    bursts=(
        Burst("/api/users?limit=5&after=3000", requests=CLIENTS, connections=CLIENTS, barrier=True),
    ),
    # Long enough for 40 requests on a busy machine: what is judged is the answers.
    settings={"pool_timeout": 20},
    trial=trial,
    steps=_STEPS,
    hints=(
        "Look at `(await lab.get('/api/users?after=3000', objects=True)).objects`, and at the same "
        "of an order. Which objects are built twice, and who calls `jsonable_encoder`?",
        "An object of the response model passes FastAPI's validation as it is; a dictionary is "
        "validated, whoever made it. Without a response model, everything is encoded.",
        "Compare `body` with what your version sends. The writers disagree on `Decimal` and on "
        "times; whoever writes JSON by hand has to write what Pydantic writes.",
        "Declare `response_model=list[User]` and `response_model=Order`, name no response class, "
        "and return what was read from the database: the models read its attributes. If you write "
        "the JSON yourself, return a `Response` and keep the `response_model`.",
    ),
)
