import pytest

from app.course.errors import CourseError
from app.lab.authoring.placeholders import fill, values
from app.lab.authoring.project import Project

KNOWN = {"minutes": "35"}


def test_a_placeholder_is_replaced() -> None:
    assert fill("about {{ minutes }} min, {{minutes}}", KNOWN, "a.md") == "about 35 min, 35"


def test_braces_in_code_stay() -> None:
    text = '```python\nf"{{ name }}"\n```\n{{ minutes }}'
    assert fill(text, KNOWN, "a.md") == '```python\nf"{{ name }}"\n```\n35'


def test_a_fence_inside_a_longer_fence_does_not_end_it() -> None:
    text = "````\n```\n{{ name }}\n```\n````\n{{ minutes }}"
    assert fill(text, KNOWN, "a.md").endswith("{{ name }}\n```\n````\n35")


def test_an_unknown_placeholder_is_reported_with_file_and_line() -> None:
    with pytest.raises(CourseError, match=r"a\.md:2: .*minuts.*minutes"):
        fill("one\n{{ minuts }}", KNOWN, "a.md")


def test_the_takeaway_and_the_timetable_come_from_the_lessons(course: Project) -> None:
    known = values(course, course.lessons[1])
    assert known["takeaway"] == "Three."
    assert "[How many are there?](../notebooks/01_counting.ipynb)" in known["timetable"]
