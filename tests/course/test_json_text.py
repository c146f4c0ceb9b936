"""Two texts of JSON are compared character by character, but for white space between tokens."""

import pytest

from app.course.evidence import Evidence, Observation, Probe
from app.course.json_text import compact, text_difference
from app.course.steps import same_text
from app.course.work import Work


def test_white_space_between_tokens_is_left_out() -> None:
    assert compact(b'[{"a b": 1} , \n {"c": " d \\" e "}]') == b'[{"a b":1},{"c":" d \\" e "}]'
    assert text_difference(b'{"a":[1,2]}', b'{ "a" : [1, 2] }\n') is None


@pytest.mark.parametrize(
    ("seen", "sentence"),
    [
        (b'{"price":2.5}', '`{"price":2.5}`, expected `{"price":"2.50"}`'),
        (b'{"price":"2.50 "}', '`{"price":"2.50 "}`, expected `{"price":"2.50"}`'),
        (b'{"price":"2.50"', '`{"price":"2.50"`, expected `{"price":"2.50"}`'),
        (b"", '``, expected `{"price":"2.50"}`'),
    ],
)
def test_the_first_difference_is_quoted(seen: bytes, sentence: str) -> None:
    assert text_difference(b'{"price": "2.50"}', seen) == sentence


def test_only_what_surrounds_a_difference_is_quoted() -> None:
    text = b'{"a":"' + 200 * b"x" + b"1" + 200 * b"x" + b'"}'
    sentence = text_difference(text, text.replace(b"1", b"2"))
    around = 30 * "x"
    assert sentence == f"`…{around}2{around[1:]}…`, expected `…{around}1{around[1:]}…`"


def observation(status: int, body: bytes) -> Observation:
    return Observation(
        probe=Probe("/api/users"),
        status=status,
        answer={},
        expected_status=status,
        expected={},
        work=Work(),
        statements=(),
        by_learner=True,
        body=body,
        expected_body=b'{"a":1,"b":2}',
    )


def test_the_step_judges_successful_responses() -> None:
    other = b'{"b":2,"a":1}'
    assert same_text(Evidence(None, (observation(200, b'{"a": 1, "b": 2}'),))) is None
    assert same_text(Evidence(None, (observation(404, other),))) is None
    refusal = same_text(Evidence(None, (observation(200, other),)))
    assert refusal is not None
    assert refusal.message.startswith("GET /api/users: the values are right, but")
