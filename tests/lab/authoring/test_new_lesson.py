"""A lesson that was just made: what it is made of, and what is refused."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from app.course import kinds as course_kinds
from app.course.lesson import Lesson, read_lesson
from app.lab.authoring.attempts import load_attempts
from app.lab.authoring.compare import faults
from app.lab.authoring.drafts import notes
from app.lab.authoring.new_lesson import NewLessonError, kinds, new_lesson
from app.lab.authoring.project import Project, this_project

TITLE = 'Why is "export" so slow?'
FOLDERS = ("app", "data", "docs", "exercises", "notebooks", "solutions")
PLANNED = Lesson("planned", 2, "What then?")


def made(course: Project, slug: str, **options: object) -> Lesson:
    known = (*course.lessons, PLANNED)
    new_lesson(course, slug, known=known, **options)  # type: ignore[arg-type]
    return read_lesson(course.sources / slug)


def test_there_is_a_template_for_each_kind() -> None:
    """Except for the base class, for what combines other kinds, for special kinds of cache,
    endpoint and process, and for what needs a page of its own."""
    names = {name.removesuffix("Exercise").lower() for name in course_kinds.__all__}
    special = {"served", "several", "sharedcache", "export", "deployment", "diagnosis", "locust"}
    assert set(kinds()) == names - special


@pytest.mark.parametrize("kind", kinds())
def test_a_new_lesson_is_a_complete_draft(course: Project, kind: str) -> None:
    lesson = made(course, "slow_export", title=TITLE, kind=kind)
    assert (lesson.title, lesson.place) == (TITLE, 3)
    assert (lesson.draft, lesson.written) == (True, True)
    assert len(load_attempts(course, lesson)) >= 8
    for path in (course.sources / "slow_export").iterdir():
        text = path.read_text()
        assert "new_lesson" not in text
        assert "$" not in text
    todo = notes(Project(course.root, course.sources, (lesson,)))
    assert {note.split("/")[2].split(":")[0] for note in todo} >= {
        "lesson.toml",
        "lesson.md",
        "exercise.md",
        "check.py",
        "attempts.py",
    }


def test_a_planned_lesson_keeps_what_it_has(course: Project) -> None:
    folder = course.sources / "planned"
    folder.mkdir()
    described = '# Later.\ntitle = "What then?"\nplace = 2\nexercise_minutes = 7\n'
    (folder / "lesson.toml").write_text(described)
    (folder / "before.py").write_text("BEFORE = 1\n")
    lesson = made(course, "planned")
    assert (lesson.title, lesson.place, lesson.exercise_minutes) == ("What then?", 2, 7)
    assert (folder / "lesson.toml").read_text().startswith(described)
    assert (folder / "before.py").read_text() == "BEFORE = 1\n"
    assert lesson.written


def test_a_gap_is_filled_first(course: Project) -> None:
    gapped = Project(course.root, course.sources, (course.lessons[0],))
    assert made(gapped, "between", title=TITLE).place == 1


@pytest.mark.parametrize(
    ("slug", "options", "said"),
    [
        ("Slow-export", {"title": TITLE}, "'Slow-export' cannot be a slug: it names a Python"),
        ("class", {"title": TITLE}, "no word of the language"),
        ("süß", {"title": TITLE}, "cannot be a slug"),
        ("counting", {}, "The lesson 'counting' is written already"),
        ("planned", {"title": "Why?"}, "'planned' is planned with title 'What then\\?', not 'Why"),
        ("planned", {"place": 5}, "is planned with place 2, not 5"),
        ("fresh", {}, 'needs a title of one line: course new fresh --title "'),
        ("fresh", {"title": "Two\nlines"}, "needs a title of one line"),
        ("fresh", {"title": TITLE, "place": 1}, "Place 1 is taken by 'counting'; free: 3"),
        ("fresh", {"title": TITLE, "place": 9}, "Place 9 would leave a gap; free: 3"),
        (
            "fresh",
            {"title": TITLE, "kind": "essay"},
            "no kind 'essay' of exercise; choose answer, ",
        ),
    ],
)
def test_what_makes_no_lesson_is_refused_and_nothing_is_written(
    course: Project, slug: str, options: dict[str, object], said: str
) -> None:
    before = sorted(course.root.rglob("*"))
    with pytest.raises(NewLessonError, match=said):
        made(course, slug, **options)
    assert sorted(course.root.rglob("*")) == before


def test_a_folder_in_use_is_refused(course: Project) -> None:
    (course.sources / "fresh").mkdir()
    (course.sources / "fresh" / "__pycache__").mkdir()
    (course.sources / "fresh" / "notes.txt").write_text("mine")
    with pytest.raises(NewLessonError, match="sources/fresh holds files already"):
        made(course, "fresh", title=TITLE)
    (course.sources / "fresh" / "notes.txt").unlink()
    assert made(course, "fresh", title=TITLE).written


def test_a_mark_is_a_note_in_a_draft_and_a_fault_in_a_published_lesson(course: Project) -> None:
    draft = made(course, "slow_export", title=TITLE)
    drafted = Project(course.root, course.sources, (draft,))
    todo = notes(drafted)
    assert "sources/slow_export/lesson.toml:4: still to be written: a few words" in todo
    assert not [fault for fault in faults(drafted) if "still to be written" in fault]
    published = Project(course.root, course.sources, (replace(draft, draft=False),))
    assert notes(published) == []
    assert [fault for fault in faults(published) if "still to be written" in fault] == todo


def test_a_draft_without_marks_is_ready(course: Project) -> None:
    draft = replace(course.lessons[1], draft=True)
    (course.sources / "counting" / "lesson.toml").write_text("draft = true\n")
    [note] = notes(Project(course.root, course.sources, (draft,)))
    assert note == (
        "sources/counting/lesson.toml: nothing is left to write; "
        "remove `draft = true` to publish the lesson"
    )


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_new_lesson_of_each_kind_builds_verifies_and_opens(tmp_path: Path) -> None:
    """In a copy of the project, as its author would do it."""
    root = this_project().root
    for name in FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__", "node_modules")
        shutil.copytree(root / name, tmp_path / name, ignore=ignored)
    shutil.copy(root / "README.md", tmp_path)
    slugs = [f"try_{kind}" for kind in kinds()]
    for slug, kind in zip(slugs, kinds(), strict=True):
        course_command(tmp_path, "new", slug, "--title", TITLE, "--kind", kind)
    course_command(tmp_path, "build", "--no-execute")
    readme = (tmp_path / "README.md").read_text()
    assert readme == (root / "README.md").read_text(), "a draft is not in the table of lessons"
    course_command(tmp_path, "build", *slugs[:1])
    told = course_command(tmp_path, "build", "--check", slugs[0])
    assert f"Note: app/lessons/{slugs[0]}/lesson.md:" in told
    told = course_command(tmp_path, "verify", *slugs)
    assert f"Exercises: {len(slugs)}." in told
    assert "all as they should be" in told
    exercise = next(tmp_path.glob(f"exercises/*_{slugs[0]}_exercise.ipynb"))
    told = course_command(tmp_path, "check", str(exercise), code=3)
    assert "not attempted" in told
    solution = next(tmp_path.glob(f"solutions/*_{slugs[0]}_solution.ipynb"))
    assert "passed" in course_command(tmp_path, "check", str(solution))


def course_command(root: Path, *arguments: str, code: int = 0) -> str:
    """What ``course`` prints in the project at ``root``."""
    command = [sys.executable, "-c", "from app.cli import main; main()", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    ran = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == code, ran.stdout + ran.stderr
    return ran.stdout
