"""Programs that some tests need and the course does not."""

import os
import shutil
from pathlib import Path

import pytest


def find_program(*names: str) -> Path:
    """The first of these on PATH, or where Debian keeps PostgreSQL's. Skips the test without one.

    Where everything is meant to be installed, COURSE_SKIP_NOTHING says so, and the test fails.
    """
    for name in names:
        if found := shutil.which(name):
            return Path(found)
        if kept := sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}")):
            return kept[-1]
    reason = f"{names[0]} is not installed"
    if os.environ.get("COURSE_SKIP_NOTHING"):
        pytest.fail(reason)
    pytest.skip(reason)
