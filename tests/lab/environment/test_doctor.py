"""The doctor on a machine where everything that can be set or be in the way is."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.environment.variables import together

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="limits open files in the POSIX way"),
]

COURSE = Path(sys.executable).with_name("course")


def test_the_course_can_run(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("raise ImportError('not this one')\n")
    lent = tmp_path / "lent"
    (lent / "app").mkdir(parents=True)
    (lent / "app" / "__init__.py").write_text("")
    before = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    completed = subprocess.run(
        ["/bin/sh", "-c", 'ulimit -n 256; exec "$0" doctor', COURSE],
        cwd=tmp_path,
        env={**before, **together(), "PYTHONPATH": str(lent), "HOME": "/dev/null"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="cp1252",
        check=False,
    )
    assert "The course can run" in completed.stdout, completed.stdout + completed.stderr
    assert completed.returncode == 0
    assert completed.stderr == ""
    marks = re.findall(r"^\| (\S) \| \w", completed.stdout, re.MULTILINE)
    assert set(marks) == {"+"}
