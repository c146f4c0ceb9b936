"""Makes the course's Python environment in `.venv`, or sees that nothing is left to do.

Needs nothing but Python and, the first time, a network. Everything comes from `requirements.lock`,
checked against its hashes. Run it as often as you like: `python scripts/setup.py`.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OLDEST = (3, 11)
THIS = sys.version_info[:2]
ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
PROJECT = ROOT / "pyproject.toml"
VENV = ROOT / ".venv"
STAMP = VENV / "course-setup.json"
WINDOWS = os.name == "nt"
VENV_PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")


class Problem(Exception):
    """Set-up cannot go on. The message says why, and what to do."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the course's environment in .venv.")
    parser.add_argument(
        "--this-python",
        action="store_true",
        help="the environment must be of the Python that runs this; any that is new enough "
        "will do otherwise",
    )
    arguments = parser.parse_args()
    try:
        with alone():
            set_up(this_python=arguments.this_python)
    except Problem as problem:
        print(f"Set-up stopped. {problem}", file=sys.stderr)
        return 1
    return 0


def set_up(*, this_python: bool) -> None:
    stamp = read_stamp()
    keep = VENV_PYTHON.exists() and not (this_python and version_of_environment() != THIS)
    if keep and stamp == current_state():
        return
    started = time.monotonic()
    if not (keep and works(stamp)):
        create_environment()
    install_packages()
    install_project()
    STAMP.write_text(json.dumps(current_state()), encoding="utf-8")
    print(f"The environment is ready after {time.monotonic() - started:.0f} s.", flush=True)


@contextmanager
def alone() -> Iterator[None]:
    """Two set-ups at once would write into each other's environment."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    directory = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        yield
    finally:
        os.close(directory)


# --- What is there already -----------------------------------------------------------------------


def read_stamp() -> dict[str, object]:
    """What the last complete set-up left behind; empty after an incomplete one."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def current_state() -> dict[str, object]:
    """All that a finished environment depends on. Equal states need no new set-up."""
    return {
        "place": str(VENV),
        "python": os.path.realpath(VENV_PYTHON),
        "made_from": digest(VENV / "pyvenv.cfg"),
        "lock": digest(LOCK),
        "project": digest(PROJECT),
        "installed": installed_distributions(),
    }


def works(stamp: dict[str, object]) -> bool:
    """Whether the environment needs nothing but new packages.

    One that was moved holds its old path in its scripts, one whose Python was replaced cannot
    start, and one whose making was interrupted has no pip.
    """
    state = current_state()
    if stamp and any(stamp.get(key) != state[key] for key in ("place", "python", "made_from")):
        return False
    ask = "import sys, pip._internal.cli.main; print(sys.prefix)"
    answer = subprocess.run(
        [str(VENV_PYTHON), "-I", "-X", "utf8", "-c", ask],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return answer.returncode == 0 and Path(answer.stdout.strip()) == VENV


def installed_distributions() -> list[str]:
    """A package that someone removed is missing here, so the next set-up brings it back."""
    pattern = "Lib/site-packages" if WINDOWS else "lib/python*/site-packages"
    return sorted(found.name for found in VENV.glob(f"{pattern}/*.dist-info"))


def version_of_environment() -> tuple[int, ...] | None:
    try:
        text = (VENV / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r"^version(?:_info)?\s*=\s*(\d+)\.(\d+)", text, re.MULTILINE)
    return (int(found[1]), int(found[2])) if found else None


def digest(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


# --- What is to be done --------------------------------------------------------------------------


def create_environment() -> None:
    if sys.version_info < OLDEST:
        raise Problem(
            f"This is Python {sys.version.split()[0]}, and the course needs 3.11 or newer. "
            "If you have one, name it: make PYTHON=/path/to/python3 setup"
        )
    if importlib.util.find_spec("ensurepip") is None:
        raise Problem(
            "This Python has no ensurepip, so it cannot make environments. "
            "On Debian and Ubuntu: sudo apt install python3-venv"
        )
    print(f"Making .venv with Python {sys.version.split()[0]} …", flush=True)
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)
    # Asked of the interpreter below any environment that runs this: an environment made from
    # another one would break with it.
    python = getattr(sys, "_base_executable", None) or sys.executable
    if run(python, "-I", "-m", "venv", str(VENV)) != 0:
        raise Problem("Python could not make the environment; its message above says why.")


def install_packages() -> None:
    """With uv, which is ten times as fast as pip; from uv's cache alone where that is enough."""
    print("Installing the packages of requirements.lock …", flush=True)
    lock = ["--no-deps", "--require-hashes", "--requirement", str(LOCK)]
    if has_uv():
        if run(*uv_install("--offline", "--quiet", *lock), quiet=True) == 0:
            return
        # Where a proxy looks into TLS, only the system knows its certificate.
        if run(*uv_install(*lock)) == 0 or run(*uv_install("--system-certs", *lock)) == 0:
            return
    # A network may let pip through, which knows its own index, but not uv.
    if run(*pip_install(*lock)) != 0:
        raise Problem(
            "The packages could not be installed; the messages above say why. "
            "This step needs a network the first time; run it again when there is one."
        )


def has_uv() -> bool:
    """Whether the locked uv is in the environment, after fetching it when it is not."""
    lock = LOCK.read_text(encoding="utf-8")
    requirement = re.search(r"^uv==(\S+)(?: *\\\n +--hash=\S+)+", lock, re.MULTILINE)
    if requirement is None:
        raise Problem("requirements.lock does not name uv. Make it anew: make lock")
    if f"uv-{requirement[1]}.dist-info" in installed_distributions():
        return True
    with tempfile.TemporaryDirectory() as directory:
        only_uv = Path(directory) / "uv.txt"
        only_uv.write_text(requirement[0] + "\n", encoding="utf-8")
        return run(*pip_install("--require-hashes", "--requirement", str(only_uv)), quiet=True) == 0


def install_project() -> None:
    """The course itself, as an editable package. Its build tool is in the lock, so no network."""
    project = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    if run(*uv_install("--offline", "--quiet", *project), quiet=True) == 0:
        return
    if run(*pip_install("--no-index", *project)) != 0:
        raise Problem("The course's own package could not be installed; see the messages above.")


def uv_install(*arguments: str) -> list[str]:
    python = str(VENV_PYTHON)
    return [python, "-I", "-m", "uv", "pip", "install", "--python", python, *arguments]


def pip_install(*arguments: str) -> list[str]:
    return [str(VENV_PYTHON), "-I", "-m", "pip", "install", "--quiet", "--no-input", *arguments]


def run(*command: str, quiet: bool = False) -> int:
    output = subprocess.DEVNULL if quiet else None
    return subprocess.run(command, cwd=ROOT, stdout=output, stderr=output, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
