"""Where the work copy is, and what its files are called."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from app.course.lesson import Lesson
from app.lab.authoring.project import Kind, Project, this_project
from app.lab.services.paths import NAME as COURSE

NAME = "my-course"
"""The folder in the root of a checkout, which Git ignores."""
SHIPPED = ".as-shipped"
"""Hidden in the work copy: each file as the course last handed it out, the base of a merge."""


@dataclass(frozen=True, slots=True)
class WorkCopy:
    """A learner's own copy of ``project``, in ``folder``."""

    project: Project
    folder: Path

    @property
    def course(self) -> Project:
        """The course with its notebooks in the work copy."""
        return replace(self.project, root=self.folder)

    @property
    def shipped(self) -> Path:
        return self.folder / SHIPPED

    @property
    def notebooks(self) -> Mapping[Path, tuple[Lesson, Kind]]:
        """Every notebook by its path from the folder, drafts too."""
        return {
            self.course.notebook(lesson, kind).relative_to(self.folder): (lesson, kind)
            for lesson in self.project.lessons
            for kind in self.project.kinds(lesson)
        }

    def find(self, given: Path) -> Path:
        """The exercise that a command's argument names: by its lesson, such as ``pooling``, or by a
        path, from the current directory or from the work copy."""
        for lesson in self.project.lessons:
            if str(given) == lesson.slug and self.project.has_exercise(lesson):
                return self.course.notebook(lesson, "exercise")
        inside = self.folder / given
        return inside if inside.exists() and not given.exists() else given


def this_work_copy() -> WorkCopy:
    """The work copy of the course that this package belongs to: in the root of a checkout, or in
    the home directory where there is none or it belongs to somebody else."""
    project = this_project()
    inside = project.root / NAME
    own_checkout = (project.root / "pyproject.toml").is_file() and os.access(project.root, os.W_OK)
    return WorkCopy(project, inside if own_checkout or inside.exists() else Path.home() / COURSE)
