import pytest

from app.course.errors import CourseError
from app.lab.authoring.docstring import parse_docstring

WHOLE = """Measure ``path``. It takes a while.

    More of it.

    Args:
        path: With its query string,
            such as ``/``.
        seconds: How long.

    Returns:
        A number
        of requests.

    Raises:
        CourseError: where nothing is served.
        ValueError: for seconds below zero.
    """


def test_a_docstring_in_its_sections() -> None:
    doc = parse_docstring(WHOLE)
    assert doc.text == "Measure `path`. It takes a while.\n\nMore of it."
    assert doc.summary == "Measure `path`."
    assert doc.args == {"path": "With its query string, such as `/`.", "seconds": "How long."}
    assert doc.returns == "A number of requests."
    assert doc.raises == (
        ("CourseError", "where nothing is served."),
        ("ValueError", "for seconds below zero."),
    )


def test_a_sentence_alone() -> None:
    doc = parse_docstring("All there is.")
    assert (doc.text, doc.args, doc.returns, doc.raises) == ("All there is.", {}, "", ())


def test_what_is_yielded_is_the_result() -> None:
    assert parse_docstring("X.\n\nYields:\n    Its URL.").returns == "Its URL."


def test_a_line_without_a_name_is_refused() -> None:
    with pytest.raises(CourseError, match="'the path'"):
        parse_docstring("X.\n\nArgs:\n    the path")
