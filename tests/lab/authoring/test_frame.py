"""The first and the last cell of each notebook."""

import re

from app.course.lesson import Lesson
from app.lab.authoring.assemble import cells_of
from app.lab.authoring.frame import HINTS, closing
from app.lab.authoring.project import Kind, Project, this_project

AFTER = Lesson("after", 2, "And then?", written=True)


def ends(course: Project, number: int, kind: Kind) -> tuple[str, str]:
    cells = cells_of(course, course.lessons[number], kind)
    return cells[0].source, cells[-1].source


def test_a_lesson_begins_with_its_description_and_ends_with_the_way_on(course: Project) -> None:
    first, last = ends(course, 1, "lesson")
    assert first == (
        "# How many are there?\n\n"
        "> **After this lesson you can** count.\n>\n"
        "> **Time**: 5 minutes, plus 10 for the exercise · "
        "**Builds on**: [What is this?](../notebooks/00_welcome.ipynb), *planned* · "
        "**Changes**: a list"
    )
    assert (
        last
        == "**Exercise** (10 minutes): [three numbers](../exercises/01_counting_exercise.ipynb)"
    )


def test_a_lesson_without_an_exercise(course: Project) -> None:
    first, last = ends(course, 0, "lesson")
    assert "> **Time**: 5 minutes · **Builds on**: Python · **Changes**: nothing" in first
    assert last == "**Next**: [How many are there?](../notebooks/01_counting.ipynb)"


def test_an_exercise_links_back_to_its_hints_its_solution_and_on(course: Project) -> None:
    first, last = ends(course, 1, "exercise")
    assert first.splitlines() == [
        "# Exercise 01: three numbers",
        "",
        "> **Lesson**: [How many are there?](../notebooks/01_counting.ipynb) · "
        "**Time**: about 10 minutes · **Difficulty**: hard",
    ]
    assert last == (
        f"{HINTS}\n\n**Solution**: [Solution 01](../solutions/01_counting_solution.ipynb), to "
        "compare with yours\n\nThis was the last lesson."
    )
    earlier = Project(course.root, course.sources, (course.lessons[1], AFTER))
    assert closing(earlier, course.lessons[1], "exercise").endswith(
        "**Next**: [And then?](../notebooks/02_after.ipynb)"
    )


def test_links_into_the_reference_lead_to_a_heading() -> None:
    root = this_project().root
    headings = (root / "docs" / "lab.md").read_text(encoding="utf-8")
    for anchor in re.findall(r"\.\./docs/lab\.md#lab(\w+)", HINTS):
        assert f"\n### `lab.{anchor}`\n" in headings


def test_a_solution_links_back_and_offers_no_hints(course: Project) -> None:
    first, last = ends(course, 1, "solution")
    assert first.splitlines() == [
        "# Solution 01: three numbers",
        "",
        "> **Lesson**: [How many are there?](../notebooks/01_counting.ipynb) · "
        "**Exercise**: [three numbers](../exercises/01_counting_exercise.ipynb)",
    ]
    assert last == "This was the last lesson."
