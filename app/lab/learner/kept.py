"""Keeps a learner's file beside the original before the course changes it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from app.course.errors import CourseError


def keep_copy(path: Path, why: str) -> Path:
    """A copy of the file under the first free name: ``02_pooling.before-reset.ipynb``, then
    ``02_pooling.before-reset-2.ipynb``. ``why`` is the part before the suffix.

    Raises ``CourseError`` if it cannot be copied.
    """
    for copy in _names(path, why):
        try:
            with path.open("rb") as source, copy.open("xb") as target:
                shutil.copyfileobj(source, target)
        except FileExistsError:
            continue
        except OSError as error:
            raise CourseError(
                f"{path} cannot be copied ({error.strerror}), so it stays as it is."
            ) from None
        return copy
    raise AssertionError("there is always a free name")


def _names(path: Path, why: str) -> Iterator[Path]:
    number = 1
    while True:
        count = "" if number == 1 else f"-{number}"
        yield path.with_name(f"{path.stem}.{why}{count}{path.suffix}")
        number += 1
