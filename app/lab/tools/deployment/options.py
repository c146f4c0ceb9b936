"""Options by name, as arguments of a command."""

import re
from collections.abc import Mapping
from typing import Any

from app.course.errors import CourseError

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def arguments(options: Mapping[str, Any]) -> list[str]:
    """``{"keep_alive": 5, "preload": True}`` as ``--keep-alive 5 --preload``.

    ``False`` becomes ``--no-…``, and ``None`` nothing at all. Raises ``CourseError`` for a name
    that no option has.
    """
    return [part for name, value in options.items() for part in _argument(name, value)]


def _argument(name: str, value: Any) -> list[str]:
    if not _NAME.fullmatch(name):
        raise CourseError(f"{name!r} is not the name of an option; write it as `keep_alive`.")
    option = name.replace("_", "-")
    if value is None:
        return []
    if isinstance(value, bool):
        return [f"--{option}" if value else f"--no-{option}"]
    return [f"--{option}", str(value)]
