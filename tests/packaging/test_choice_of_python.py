"""`make` chooses the newest Python that the packages support, and says so if there is none."""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.lab.machine import doctor
from tests.packaging.test_lock import PYTHONS
from tests.programs import find_program

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no make")

ROOT = Path(__file__).parents[2]
SHIM = """
import platform, sys
version, ensurepip, *arguments = sys.argv[1:]
arguments.remove("-I")
if arguments[0] == "-c":
    sys.version_info = (*map(int, version.split(".")), "final", 0)
    platform.python_version = lambda: version
    if ensurepip == "without":
        sys.modules["ensurepip"] = None
    exec(arguments[1])
else:
    print(version, *arguments)
"""


def make(folder: Path, target: str, pythons: dict[str, str], *arguments: str) -> tuple[int, str]:
    """The exit code and the output of `make`, where only these Pythons are on PATH: a version for
    each name, with ``-`` in front of one that cannot create environments."""
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "shim.py").write_text(SHIM)
    programs = folder / "bin"
    programs.mkdir()
    for name, version in pythons.items():
        ensurepip = "without" if version.startswith("-") else "with"
        command = f'"{sys.executable}" "{folder / "shim.py"}" {version.lstrip("-")} {ensurepip}'
        (programs / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        (programs / name).chmod(0o755)
    completed = subprocess.run(
        [find_program("make"), target, *arguments],
        cwd=folder,
        env={"PATH": str(programs), "PYTHONHOME": "/nowhere", "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        check=False,
    )
    return completed.returncode, completed.stdout + completed.stderr


@pytest.mark.parametrize(
    ("pythons", "chosen"),
    [
        ({"python3": "3.15.0", "python3.14": "3.14.2"}, "3.14.2"),
        ({"python3": "3.11.9", "python3.12": "3.12.1", "python3.15": "3.15.0"}, "3.12.1"),
        ({"python3": "3.9.2", "python3.11": "3.11.4"}, "3.11.4"),
        ({"python3": "3.13.1"}, "3.13.1"),
        ({"python": "3.12.1"}, "3.12.1"),
        ({"python3": "3.11.2", "python3.13": "-3.13.0"}, "3.11.2"),
        ({"python3": "-3.13.0"}, "3.13.0"),
    ],
    ids=str,
)
def test_the_newest_supported_python_is_chosen(
    tmp_path: Path, pythons: dict[str, str], chosen: str
) -> None:
    code, output = make(tmp_path, "setup", pythons)
    assert (code, output.split()) == (0, [chosen, "scripts/setup.py"])


def test_tests_need_more_packages_than_the_course(tmp_path: Path) -> None:
    assert make(tmp_path, "dev", {"python3": "3.12.1"})[1].split()[1:] == [
        "scripts/setup.py",
        "--dev",
    ]


@pytest.mark.parametrize(
    ("pythons", "said"),
    [
        ({"python3": "3.15.0"}, "needs Python 3.11 to 3.14, and python3 is 3.15.0. Install one"),
        ({"python3": "3.9.2"}, "needs Python 3.11 to 3.14, and python3 is 3.9.2. Install one"),
        ({}, "needs Python 3.11 to 3.14, and there is none on PATH. Install one"),
    ],
    ids=str,
)
def test_without_a_supported_python_a_sentence_says_what_to_do(
    tmp_path: Path, pythons: dict[str, str], said: str
) -> None:
    code, output = make(tmp_path, "setup", pythons)
    assert code
    assert said in output
    assert "make PYTHON=/path/to/python3 lab" in output


@pytest.mark.parametrize(("version", "works"), [("3.12.1", True), ("3.15.0", False)])
def test_a_python_that_was_named_is_used_or_refused(
    tmp_path: Path, version: str, works: bool
) -> None:
    pythons = {"mine": version, "python3.14": "3.14.2"}
    code, output = make(tmp_path, "setup", pythons, "PYTHON=mine")
    assert (code == 0) == works
    assert (
        f"{version} scripts/setup.py --this-python" if works else f"mine is {version}"
    ) in output


def test_everything_agrees_on_the_versions() -> None:
    first, *_, last = ((3, int(version.partition(".")[2])) for version in PYTHONS)
    after = (last[0], last[1] + 1)
    assert (first, after) == (doctor.OLDEST_PYTHON, doctor.TOO_NEW_PYTHON)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == f">={_text(first)},<{_text(after)}"
    setup = (ROOT / "scripts/setup.py").read_text(encoding="utf-8")
    assert f"MINIMUM, TOO_NEW = {first}, {after}" in setup
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"not {first} <= sys.version_info < {after}" in makefile
    named = re.search(r"^PYTHONS = (.*)", makefile, re.MULTILINE)
    assert named
    newest_first = [f"python{version}" for version in reversed(PYTHONS)]
    assert named[1].split() == [*newest_first, "python3", "python"]


def _text(version: Sequence[int]) -> str:
    return ".".join(map(str, version))
