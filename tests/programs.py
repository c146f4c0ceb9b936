"""Finds programs that only tests need."""

import os
import shutil
from pathlib import Path

import pytest


def find_program(*names: str) -> Path:
    """The first of these programs on PATH, or in Debian's directories of PostgreSQL.

    Skips the test if there is none; fails it if ``COURSE_SKIP_NOTHING`` is set.
    """
    for name in names:
        if found := shutil.which(name):
            return Path(found)
        if versions := sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}")):
            return versions[-1]
    reason = f"{names[0]} is not installed"
    if os.environ.get("COURSE_SKIP_NOTHING"):
        pytest.fail(reason)
    pytest.skip(reason)
