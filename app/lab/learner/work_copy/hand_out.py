"""Brings one file of the work copy up to date. Nothing that the learner wrote is lost."""

import os
import stat
from pathlib import Path

from app.course.errors import CourseError
from app.lab.authoring.notebook import Notebook, identity, read_notebook, write_notebook
from app.lab.learner.kept import keep_copy
from app.lab.learner.work_copy.change import Change, State
from app.lab.learner.work_copy.merge import Merged, merge, same_cells
from app.lab.learner.work_copy.place import WorkCopy

BEFORE_UPDATE = "before-update"
"""Part of the names of the copies that an update keeps."""


def hand_out_notebook(work: WorkCopy, file: Path, new: Notebook, former: Path | None) -> Change:
    """Merge ``new`` into the learner's notebook, or write it where there is none.

    ``file`` is its path in the work copy, ``former`` the one under which it was handed out last.
    Raises ``CourseError`` or ``OSError`` for a file that cannot be changed; then it was not.
    """
    path = work.folder / file
    if path.is_dir():
        raise CourseError(
            f"{file} is a folder, where the course has a notebook. Rename it, then run "
            "`course update`."
        )
    renamed, notes = _follow(work, file, former)
    base = _read(work.shipped / former) if former else None
    state: State = "renamed" if renamed else "unchanged"
    if not os.path.lexists(path):
        write_notebook(path, new)
        state = "handed out again" if former else "new"
    elif (own := _own(path, new)) is None:
        kept = keep_copy(path, BEFORE_UPDATE)
        write_notebook(path, new)
        state = "handed out again"
        notes = (*notes, f"{file} was not the course's notebook any more; {kept.name} is a copy.")
    elif base is None or not same_cells(base, new):
        merged = merge(base, new, own)
        if merged.notebook != own:
            _require_writable(path, file)
            notes = (*notes, *_notes(path, file, merged))
            write_notebook(path, merged.notebook)
            state = state if renamed else "updated"
    _remember(work, file, new, former)
    return Change(file, state, notes)


def hand_out_document(work: WorkCopy, file: Path, content: bytes) -> Change:
    """Write a file that is not merged; a version of the learner's own is kept beside it."""
    path, record = work.folder / file, work.shipped / file
    own = path.read_bytes() if os.path.lexists(path) else None
    base = record.read_bytes() if record.exists() else None
    if own == content or (own is not None and base == content):
        if base != content:
            _write(record, content)
        return Change(file, "unchanged")
    notes: tuple[str, ...] = ()
    if own is not None and own != base:
        notes = (f"{file}: {keep_copy(path, BEFORE_UPDATE).name} has your version.",)
    _write(path, content)
    _write(record, content)
    return Change(file, "new" if own is None else "updated", notes)


def _follow(work: WorkCopy, file: Path, former: Path | None) -> tuple[bool, tuple[str, ...]]:
    """Renames the learner's file if the course has renamed the notebook."""
    if former is None or former == file or not os.path.lexists(work.folder / former):
        return False, ()
    if os.path.lexists(work.folder / file):
        return False, (f"{former} is {file} from now on, which exists; {former} stays as well.",)
    (work.folder / file).parent.mkdir(parents=True, exist_ok=True)
    (work.folder / former).rename(work.folder / file)
    return True, ()


def _own(path: Path, new: Notebook) -> Notebook | None:
    """The learner's notebook; ``None`` if the file is no notebook, or is another one."""
    own = _read(path)
    if own is None or identity(own) not in (None, identity(new)):
        return None
    return own


def _read(path: Path) -> Notebook | None:
    try:
        return read_notebook(path)
    except CourseError:
        return None


def _require_writable(path: Path, file: Path) -> None:
    if not path.stat().st_mode & stat.S_IWUSR:
        raise CourseError(
            f"{file} is read-only and stays as it is. Make it writable, then run `course update`."
        )


def _notes(path: Path, file: Path, merged: Merged) -> tuple[str, ...]:
    notes = []
    if merged.conflicts:
        kept = keep_copy(path, BEFORE_UPDATE)
        cells = "a cell" if merged.conflicts == 1 else f"{merged.conflicts} cells"
        notes.append(f"{file}: the course changed {cells} that you had edited; {kept.name} has it.")
    if merged.answer_outdated:
        notes.append(
            f"{file}: the cell to edit begins differently now; your answer stays, and "
            "`lab.reset()` shows the new one."
        )
    return tuple(notes)


def _remember(work: WorkCopy, file: Path, new: Notebook, former: Path | None) -> None:
    """Keeps what was handed out, as the base of the next merge."""
    record = work.shipped / file
    if _read(record) != new:
        write_notebook(record, new)
    if former is not None and former != file:
        (work.shipped / former).unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")
    beside.write_bytes(content)
    beside.replace(path)
