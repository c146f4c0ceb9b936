"""Makes ``app`` the course's package. Python runs this at each start in the course's environment.

Every FastAPI project has a package or a module called ``app``. In the current directory or on
PYTHONPATH, it would replace the course's.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # importing it from typing would slow down every start
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

_MARK = os.path.join("app", "course", "catalogue.py")  # noqa: PTH118 (pathlib doubles the time)
_ENVIRONMENT = "high-performance-fastapi"


class CourseFirst:
    """Finds the package ``app``, and nothing else, in the first directory that has the course."""

    @staticmethod
    def find_spec(
        name: str,
        path: Sequence[str] | None = None,  # noqa: ARG004
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if name != "app":
            return None
        from importlib.machinery import PathFinder

        for folder in map(os.fspath, sys.path):
            if _has_course(folder):
                return PathFinder.find_spec(name, [folder], target)
        return None


def _has_course(folder: str) -> bool:
    return os.path.isfile(os.path.join(folder, _MARK))  # noqa: PTH113, PTH118


def _in_the_courses_environment() -> bool:
    """In any other, ``app`` belongs to the project whose environment it is."""
    parent, name = os.path.split(sys.prefix)
    return name == _ENVIRONMENT or _has_course(parent)


ACTIVE = _in_the_courses_environment()
if ACTIVE:
    sys.meta_path.insert(0, CourseFirst)
