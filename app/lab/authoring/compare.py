"""Compares the notebooks with their sources, without running anything."""

from collections.abc import Iterator, Sequence

from app.course.errors import CourseError
from app.course.lesson import Lesson
from app.lab.authoring import reference
from app.lab.authoring.drafts import unfinished
from app.lab.authoring.generate import generated
from app.lab.authoring.length import too_long
from app.lab.authoring.lint import lint
from app.lab.authoring.notebook import Notebook, code_cells, read_notebook, text_of
from app.lab.authoring.project import BEFORE_RESET, FOLDERS, Kind, Project
from app.lab.authoring.readme import path_of, start_of, with_parts


def faults(project: Project, slugs: Sequence[str] = ()) -> list[str]:
    """A sentence for each difference and each fault; empty if everything is up to date."""
    found = []
    for lesson in project.chosen(slugs):
        for kind in project.kinds(lesson):
            shown = project.shown(project.notebook(lesson, kind))
            try:
                found += [f"{shown}, {fault}" for fault in _faults_of(project, lesson, kind)]
            except CourseError as error:
                found.append(str(error))
        if not lesson.draft:
            found += unfinished(project, lesson)
    if not slugs:
        found += [*_without_lesson(project), *_readme_fault(project), *_reference_fault(project)]
    return found


def _faults_of(project: Project, lesson: Lesson, kind: Kind) -> Iterator[str]:
    path = project.notebook(lesson, kind)
    if not path.exists():
        yield f"it is missing; run `course build {lesson.slug}`"
        return
    stored = read_notebook(path)
    expected = generated(project, lesson, kind)
    if difference := first_difference(stored, expected):
        yield f"{difference}; run `course build {lesson.slug}`"
    if kind != "exercise" and _never_executed(stored):
        yield f"it was never executed; run `course build {lesson.slug}`"
    else:
        yield from lint(stored, kind)
    if kind == "lesson":
        yield from too_long(stored)


def _never_executed(notebook: Notebook) -> bool:
    counts = [cell["execution_count"] for _, cell in code_cells(notebook)]
    return bool(counts) and not any(counts)


def first_difference(stored: Notebook, expected: Notebook) -> str | None:
    """Where two notebooks differ, ignoring outputs and execution counts."""
    ours, theirs = _essence(stored), _essence(expected)
    for number, (have, want) in enumerate(zip(ours, theirs, strict=False), start=1):
        if have != want:
            part = "text" if have["source"] != want["source"] else "kind, tags or id"
            return f"cell {number}: its {part} is not what the source says"
    if len(ours) != len(theirs):
        return f"it has {len(ours)} cells, its source {len(theirs)}"
    if stored["metadata"] != expected["metadata"]:
        return "its metadata is not what is built"
    return None


def _essence(notebook: Notebook) -> list[dict[str, object]]:
    return [
        {
            "source": text_of(cell["source"]),
            "kind": cell["cell_type"],
            "id": cell.get("id"),
            "metadata": cell.get("metadata"),
        }
        for cell in notebook["cells"]
    ]


def _without_lesson(project: Project) -> Iterator[str]:
    """Notebooks and source folders that belong to no lesson in the list."""
    expected = {
        project.notebook(lesson, kind)
        for lesson in project.lessons
        for kind in project.kinds(lesson)
    }
    for folder in FOLDERS.values():
        for path in sorted((project.root / folder).glob("*.ipynb")):
            if path not in expected and f".{BEFORE_RESET}" not in path.name:
                yield f"{project.shown(path)} belongs to no lesson"
    known = {lesson.slug for lesson in project.lessons}
    for source in sorted(project.sources.glob("*/*.md")):
        if source.parent.name not in known:
            yield f"{project.shown(source)} belongs to no lesson in the list"


def _readme_fault(project: Project) -> Iterator[str]:
    try:
        text = with_parts(project)
    except CourseError as error:
        yield str(error)
        return
    start = start_of("timetable")
    if start not in text:
        yield f"README.md has no {start} for the table of lessons"
    elif text != path_of(project).read_text(encoding="utf-8"):
        yield "README.md: one of its generated parts is out of date; run `course build`"


def _reference_fault(project: Project) -> Iterator[str]:
    try:
        text = reference.reference(project)
    except CourseError as error:
        yield str(error)
        return
    path = reference.path_of(project)
    if text and (not path.exists() or path.read_text(encoding="utf-8") != text):
        yield f"{project.shown(path)} is not what the docstrings say; run `course build`"
