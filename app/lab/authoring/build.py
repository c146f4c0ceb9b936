"""Generates the notebooks from the lessons' text."""

from collections.abc import Callable, Sequence
from time import perf_counter

from app.course.errors import CourseError
from app.course.lesson import Lesson
from app.lab.authoring import readme, reference
from app.lab.authoring.execute import author_environment, execute
from app.lab.authoring.generate import generated
from app.lab.authoring.minutes import run_time, settled
from app.lab.authoring.notebook import (
    Notebook,
    code_cells,
    read_notebook,
    tags_of,
    write_notebook,
)
from app.lab.authoring.project import ENDINGS, FOLDERS, Kind, Project
from app.lab.authoring.readme import with_parts
from app.lab.authoring.scrub import scrub

CELL_TIMEOUT = 600.0
"""Seconds, because a cell may contain a long measurement."""


def build(
    project: Project,
    slugs: Sequence[str] = (),
    *,
    run: bool = True,
    timeout: float = CELL_TIMEOUT,
    report: Callable[[str], None] = print,
) -> None:
    """Writes the notebooks of the chosen lessons, the README's generated parts and the lab's
    reference.

    Without ``run``, cells whose text has not changed keep their stored outputs. Raises
    ``CourseError`` for an invalid source or a cell that fails; that notebook is not changed.
    """
    for lesson in project.chosen(slugs):
        for kind in project.kinds(lesson):
            _follow_renumbering(project, lesson, kind)
            started = perf_counter()
            path = project.notebook(lesson, kind)
            write_notebook(path, _made(project, lesson, kind, run, timeout))
            report(f"{project.shown(path)}  {perf_counter() - started:.1f} s")
    _refresh_minutes(project)
    if text := with_parts(project):
        readme.path_of(project).write_text(text, encoding="utf-8", newline="\n")
    if text := reference.reference(project):
        reference.path_of(project).write_text(text, encoding="utf-8", newline="\n")


def _made(project: Project, lesson: Lesson, kind: Kind, run: bool, timeout: float) -> Notebook:
    notebook = generated(project, lesson, kind)
    if kind == "exercise":
        return notebook
    path = project.notebook(lesson, kind)
    if not run:
        return _with_outputs_of(notebook, read_notebook(path)) if path.exists() else notebook
    path.parent.mkdir(parents=True, exist_ok=True)
    started = perf_counter()
    executed, failure = execute(
        notebook, path.parent, timeout=timeout, environment=author_environment()
    )
    if failure:
        raise CourseError(f"{project.shown(path)}, {failure}")
    require_exceptions(executed, project.shown(path))
    if kind == "lesson":
        seconds = settled(perf_counter() - started, run_time(project, lesson))
        notebook["metadata"]["course"]["seconds"] = seconds
    scrub(executed, project.root)
    return notebook | {"cells": executed["cells"]}


def _refresh_minutes(project: Project) -> None:
    """Writes the prose anew where only that differs: the minutes in it depend on how long the
    lessons took to run. Code that differs is left to a build of that lesson."""
    for lesson in project.lessons:
        path = project.notebook(lesson, "lesson")
        try:
            stored, new = read_notebook(path), generated(project, lesson, "lesson")
        except CourseError:
            continue
        if _prose_alone_differs(stored, new):
            write_notebook(path, _with_outputs_of(new, stored))


def _prose_alone_differs(stored: Notebook, new: Notebook) -> bool:
    codes = [[(cell["id"], cell["source"]) for _, cell in code_cells(n)] for n in (stored, new)]
    texts = [[cell["source"] for cell in n["cells"]] for n in (stored, new)]
    return codes[0] == codes[1] and texts[0] != texts[1]


def require_exceptions(notebook: Notebook, shown: str) -> None:
    """Raises ``CourseError`` for a cell that is tagged to raise an exception but did not."""
    for number, cell in code_cells(notebook):
        raised = any(output["output_type"] == "error" for output in cell["outputs"])
        if "raises-exception" in tags_of(cell) and not raised:
            raise CourseError(f"{shown}, cell {number} should raise an exception, but did not.")


def _with_outputs_of(notebook: Notebook, earlier: Notebook) -> Notebook:
    kept = {cell.get("id"): cell for _, cell in code_cells(earlier)}
    for _, cell in code_cells(notebook):
        before = kept.get(cell["id"])
        if before and before["source"] == cell["source"]:
            cell["outputs"] = before["outputs"]
            cell["execution_count"] = before["execution_count"]
    return notebook


def _follow_renumbering(project: Project, lesson: Lesson, kind: Kind) -> None:
    """Rename the files of lessons whose numbers have changed."""
    path = project.notebook(lesson, kind)
    folder = project.root / FOLDERS[kind]
    expected = {project.notebook(other, kind) for other in project.lessons}
    for old in sorted(folder.glob(f"[0-9][0-9]_{lesson.slug}{ENDINGS[kind]}.ipynb")):
        if old not in expected and not path.exists():
            old.rename(path)
