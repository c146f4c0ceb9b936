"""Creates the course's Python environment in `.venv`, or brings it up to date.

Needs only Python and, the first time, a network connection. Everything comes from
`requirements.lock`, verified against its hashes. Idempotent: `python scripts/setup.py`.
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

MINIMUM = (3, 11)
THIS = sys.version_info[:2]
ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
PROJECT = ROOT / "pyproject.toml"
VENV = ROOT / ".venv"
STAMP = VENV / "course-setup.json"
WINDOWS = os.name == "nt"
VENV_PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")


class Problem(Exception):
    """Setup cannot continue. The message says why, and what to do."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Create the course's environment in .venv.")
    parser.add_argument(
        "--this-python",
        action="store_true",
        help="recreate the environment unless it uses the Python that runs this; by default, any "
        "version that is new enough will do",
    )
    arguments = parser.parse_args()
    try:
        with lock():
            set_up(this_python=arguments.this_python)
    except Problem as problem:
        print(f"Setup stopped. {problem}", file=sys.stderr)
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
def lock() -> Iterator[None]:
    """Prevent two setups from writing to the same environment at the same time."""
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


# --- The current state ---------------------------------------------------------------------------


def read_stamp() -> dict[str, object]:
    """The state recorded by the last complete setup; empty after an incomplete one."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def current_state() -> dict[str, object]:
    """Everything that a finished environment depends on. Nothing to do if it has not changed."""
    return {
        "place": str(VENV),
        "python": os.path.realpath(VENV_PYTHON),
        "made_from": digest(VENV / "pyvenv.cfg"),
        "lock": digest(LOCK),
        "project": digest(PROJECT),
        "installed": installed_distributions(),
    }


def works(stamp: dict[str, object]) -> bool:
    """Whether the environment itself works, so that only packages need updating.

    The scripts of a moved environment have its old path, one whose Python was replaced does not
    start, and one whose creation was interrupted has no pip.
    """
    state = current_state()
    if stamp and any(stamp.get(key) != state[key] for key in ("place", "python", "made_from")):
        return False
    code = "import sys, pip._internal.cli.main; print(sys.prefix)"
    completed = subprocess.run(
        [str(VENV_PYTHON), "-I", "-X", "utf8", "-c", code],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return completed.returncode == 0 and Path(completed.stdout.strip()) == VENV


def installed_distributions() -> list[str]:
    """Part of the state, so that the next setup reinstalls a package that was removed."""
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


# --- Steps ---------------------------------------------------------------------------------------


def create_environment() -> None:
    if sys.version_info < MINIMUM:
        raise Problem(
            f"This is Python {sys.version.split()[0]}, but the course needs 3.11 or newer. "
            "If you have it, specify its path: make PYTHON=/path/to/python3 setup"
        )
    if importlib.util.find_spec("ensurepip") is None:
        raise Problem(
            "This Python has no ensurepip, so it cannot create environments. "
            "On Debian and Ubuntu: sudo apt install python3-venv"
        )
    print(f"Creating .venv with Python {sys.version.split()[0]} …", flush=True)
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)
    # From the base interpreter, because an environment created from another one breaks with it.
    python = getattr(sys, "_base_executable", None) or sys.executable
    if run(python, "-I", "-m", "venv", str(VENV)) != 0:
        raise Problem("Python could not create the environment; its message above says why.")


def install_packages() -> None:
    """With uv, which is ten times as fast as pip; from uv's cache alone if that is enough."""
    print("Installing the packages of requirements.lock …", flush=True)
    locked = ["--no-deps", "--require-hashes", "--requirement", str(LOCK)]
    if ensure_uv():
        if run(*uv_install("--offline", "--quiet", *locked), quiet=True) == 0:
            return
        # If a proxy intercepts TLS, only the system's store has its certificate.
        if run(*uv_install(*locked)) == 0 or run(*uv_install("--system-certs", *locked)) == 0:
            return
    # pip may be configured with an index that this network allows, when uv is not.
    if run(*pip_install(*locked)) != 0:
        raise Problem(
            "The packages could not be installed; the messages above say why. "
            "The first setup needs a network connection; connect and run it again."
        )


def ensure_uv() -> bool:
    """Install the locked uv if necessary; returns whether the environment has it."""
    text = LOCK.read_text(encoding="utf-8")
    requirement = re.search(r"^uv==(\S+)(?: *\\\n +--hash=\S+)+", text, re.MULTILINE)
    if requirement is None:
        raise Problem("requirements.lock does not contain uv. Regenerate it: make lock")
    if f"uv-{requirement[1]}.dist-info" in installed_distributions():
        return True
    with tempfile.TemporaryDirectory() as directory:
        only_uv = Path(directory) / "uv.txt"
        only_uv.write_text(requirement[0] + "\n", encoding="utf-8")
        return run(*pip_install("--require-hashes", "--requirement", str(only_uv)), quiet=True) == 0


def install_project() -> None:
    """Install the course as an editable package. Its build tool is locked, so it works offline."""
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
