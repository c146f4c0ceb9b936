"""The exercise's cell as shipped, in the notebook that is open.

A kernel cannot change a document that is open in JupyterLab: it can only ask for a cell to be added
below the one that runs, or for that one to be replaced.
"""

from pathlib import Path
from typing import Any

from app.course.errors import CourseError
from app.lab.authoring.assemble import ANSWER
from app.lab.authoring.notebook import read_notebook
from app.lab.authoring.project import BEFORE_RESET, Project, file_name
from app.lab.display.code import Code
from app.lab.display.notes import Note
from app.lab.learner.kept import keep_copy
from app.lab.learner.reset import is_exercise
from app.lab.learner.shipped import answer_cells

CALL = "lab.reset()"


def reset_here(slug: str, project: Project, folder: Path) -> Note | Code:
    """Run alone in the cell to edit, ``lab.reset()`` turns that cell into the one shipped; the file
    as last saved in ``folder`` is kept beside it. Anywhere else the cell appears below."""
    shipped = answer_cells(slug, "exercise", project)
    shell = _notebook_shell()
    if shell is None:
        return Code("To edit, as shipped:", "\n\n\n".join(shipped))
    place = _place(shell.kernel.get_parent("shell"), len(shipped))
    if place is None:
        shell.set_next_input("\n\n\n".join(shipped), replace=False)
        return Note(
            "The cell as shipped stands below; yours is unchanged. To have it in the place of "
            f"yours, run `{CALL}` alone in the cell to edit."
        )
    shell.set_next_input(shipped[place], replace=True)
    kept = _kept(slug, project, folder)
    saved = f" The notebook as last saved is in `{kept.name}`." if kept else ""
    return Note(f"This cell is as shipped again. To get yours back, undo.{saved}")


def _notebook_shell() -> Any:
    from IPython import get_ipython

    from app.lab.display.notebook import in_notebook

    return get_ipython() if in_notebook() else None


def _place(request: dict[str, Any], cells: int) -> int | None:
    """Which of the cells to edit made the request to run, if it holds nothing but the call."""
    here = request.get("metadata", {}).get("cellId")
    ids = [ANSWER, *(f"{ANSWER}-{number}" for number in range(2, cells + 1))]
    code: str = request["content"]["code"]
    return ids.index(here) if here in ids and code.strip() == CALL else None


def _kept(slug: str, project: Project, folder: Path) -> Path | None:
    """A copy of the exercise's file, where it is one in ``folder``."""
    (lesson,) = project.chosen([slug])
    path = folder / file_name(lesson, "exercise")
    try:
        is_own = is_exercise(read_notebook(path), lesson)
        return keep_copy(path, BEFORE_RESET) if is_own else None
    except CourseError:
        return None
