import pytest

from app.course.exercise import OutcomeName
from app.lab.checks.outcome import MIMETYPE, CheckRefused, Outcome

WRONG = Outcome("pooling", "wrong", "`f<1>` took 3 round trips.", 2, advice=("See [it](x).",))


def test_backticks_are_shown_as_code() -> None:
    page = WRONG._repr_html_()
    assert "<code>f&lt;1&gt;</code> took 3" in page
    assert "<code>lab.hint(2)</code>" in page
    assert "`" not in page


def test_advice_may_link() -> None:
    assert '<a href="x">it</a>' in WRONG._repr_html_()


def test_a_terminal_gets_the_same_sentences() -> None:
    told = "Not yet. `f<1>` took 3 round trips. Hint: `lab.hint(2)`. See [it](x)."
    assert str(WRONG) == told
    assert WRONG._repr_mimebundle_()["text/plain"] == told


def test_a_program_gets_plain_data() -> None:
    data = WRONG._repr_mimebundle_()[MIMETYPE]
    assert (data["lesson"], data["outcome"], data["hint"]) == ("pooling", "wrong", 2)


@pytest.mark.parametrize("outcome", ["passed", "wrong", "error", "not attempted"])
def test_each_outcome_has_a_title_of_its_own(outcome: OutcomeName) -> None:
    shown = Outcome("pooling", outcome, "")._repr_html_()
    others = {"Passed", "Not yet", "It raised an error", "Not attempted yet"}
    assert sum(title in shown for title in others) == 1


def test_a_refusal_is_one_line_below_the_box() -> None:
    assert len(CheckRefused(WRONG)._render_traceback_()) == 1
