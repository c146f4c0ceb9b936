import pytest
from fastapi.exceptions import ResponseValidationError
from pydantic import BaseModel, ValidationError

from app.lab.display.validation import problem_in, validation_errors
from app.lab.serving.failure import describe


def test_the_same_field_of_many_items_is_named_once() -> None:
    errors = [{"loc": ("response", item, "total"), "msg": "Field required"} for item in range(68)]
    assert validation_errors(errors) == ("`response[0].total`: Field required (68 errors in all)")


def test_three_fields_are_named_and_the_rest_counted() -> None:
    errors = [{"loc": ("body", name), "msg": "Field required"} for name in "abcd"]
    assert validation_errors(errors[:3]).endswith("`body.c`: Field required")
    assert validation_errors(errors).endswith("`body.c`: Field required (4 errors in all)")


class Total(BaseModel):
    total: int


def test_a_model_is_named_with_its_fields() -> None:
    with pytest.raises(ValidationError) as raised:
        Total(total="many")  # type: ignore[arg-type]
    assert describe(raised.value).startswith(
        "ValidationError: Total: `total`: Input should be a valid integer"
    )


def test_a_response_names_the_endpoint_that_returned_it() -> None:
    error = ResponseValidationError(
        [{"loc": ("response", 0, "total"), "msg": "Field required"}],
        endpoint_ctx={"function": "orders", "path": "GET /orders"},
    )
    assert describe(error) == (
        "ResponseValidationError: `response[0].total`: Field required, in what `orders` returned"
    )


def test_what_a_task_group_wraps_is_what_was_raised() -> None:
    inner = ExceptionGroup("unhandled errors in a TaskGroup", [ValueError("no good")])
    assert describe(ExceptionGroup("outer", [inner])) == "ValueError: no good"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"detail": "There is no product 9."}, "There is no product 9."),
        (
            {"detail": "Not valid.", "errors": [{"location": "query.limit", "detail": "Too big"}]},
            "`query.limit`: Too big",
        ),
        ({"detail": [{"loc": ["query", "limit"], "msg": "Too big"}]}, "`query.limit`: Too big"),
        ("Internal Server Error", None),
        ({"title": "Not Found"}, None),
    ],
)
def test_what_an_error_response_says(body: object, says: str | None) -> None:
    assert problem_in(body) == says
