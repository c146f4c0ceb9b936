"""Creates the work copy, and brings a new version of the course into it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.course.errors import CourseError
from app.course.lesson import Lesson
from app.lab.authoring.generate import generated
from app.lab.authoring.notebook import identity, read_notebook
from app.lab.authoring.project import Kind
from app.lab.learner.work_copy.change import Change, report
from app.lab.learner.work_copy.hand_out import hand_out_document, hand_out_notebook
from app.lab.learner.work_copy.place import WorkCopy

LOCK_TIMEOUT = 30.0
"""Seconds to wait for another update to finish."""
DOCUMENTS = frozenset({".md", ".png"})
"""What notebooks link to in the folder of documents, and what these show."""
Records = dict[tuple[str, str], Path]
"""The path of each notebook as it was handed out last, by kind and lesson."""


class UpdateError(CourseError):
    title = "Your copy of the course was not updated"


def update(work: WorkCopy) -> list[str]:
    """Bring every file up to date, and return what changed, a line each.

    Answers and added cells stay, whatever cannot be merged is kept in a copy, and a file that
    cannot be changed is named. Raises ``UpdateError`` if the folder cannot be written at all.
    """
    first = not work.shipped.exists()
    with _locked(work):
        records = _records(work)
        changes = [
            _attempt(file, _notebook, work, *of, records) for file, of in work.notebooks.items()
        ]
        changes += _documents(work)
        changes += _withdrawn(work, records)
    return report(work.folder, changes, first=first)


def _notebook(file: Path, work: WorkCopy, lesson: Lesson, kind: Kind, records: Records) -> Change:
    new = generated(work.project, lesson, kind)
    return hand_out_notebook(work, file, new, records.get((kind, lesson.slug)))


def _documents(work: WorkCopy) -> Iterator[Change]:
    places = (work.project.root / "docs", work.project.root / "app" / "docs")
    folder = next(filter(Path.is_dir, places), places[0])  # in a checkout, in a package
    for path in sorted(folder.rglob("*")):
        if path.suffix in DOCUMENTS:
            yield _attempt(path.relative_to(folder.parent), _document, work, path)


def _document(file: Path, work: WorkCopy, source: Path) -> Change:
    return hand_out_document(work, file, source.read_bytes())


def _withdrawn(work: WorkCopy, records: Records) -> Iterator[Change]:
    """Notebooks that the course no longer has. The learner's stay, and are no longer updated."""
    current = {(kind, lesson.slug) for lesson, kind in work.notebooks.values()}
    for described, file in records.items():
        if described not in current:
            (work.shipped / file).unlink(missing_ok=True)
            if (work.folder / file).exists():
                note = f"{file} is no longer part of the course; yours stays."
                yield Change(file, "unchanged", (note,))


def _records(work: WorkCopy) -> Records:
    found: Records = {}
    for record in sorted(work.shipped.rglob("*.ipynb")):
        try:
            described = identity(read_notebook(record))
        except CourseError:
            continue  # without a base, everything in the learner's notebook is kept
        if described is not None:
            found[described] = record.relative_to(work.shipped)
    return found


def _attempt(file: Path, change: Callable[..., Change], *arguments: object) -> Change:
    try:
        return change(file, *arguments)
    except CourseError as error:
        return Change(file, "unchanged", (str(error),))
    except OSError as error:
        return Change(file, "unchanged", (f"{file} cannot be updated ({error.strerror}).",))


@contextmanager
def _locked(work: WorkCopy) -> Iterator[None]:
    from filelock import FileLock, Timeout

    try:
        work.shipped.mkdir(parents=True, exist_ok=True)
        with FileLock(work.shipped / "lock", timeout=LOCK_TIMEOUT):
            yield
    except Timeout:
        raise UpdateError(f"Another update of {work.folder} is still running.") from None
    except OSError as error:
        raise UpdateError(f"{work.folder} cannot be written ({error.strerror}).") from None
