"""Creates the course's Python environment in `.venv`, or brings it up to date.

Needs only Python and, the first time, a network connection. Everything comes from
`requirements.lock`, verified against its hashes; with `--dev`, what tests and checks need comes
from `requirements-dev.lock`. Idempotent: `python scripts/setup.py`.
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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

# Not there when Python is isolated from its environment, as `make` runs it.
sys.path.insert(0, str(Path(__file__).resolve().parent))
from installing import Installer, missing_paths, socks_proxy

MINIMUM, TOO_NEW = (3, 11), (3, 15)
"""The packages are built for the versions from the first to below the second."""
THIS = sys.version_info[:2]
ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"
PROJECT = ROOT / "pyproject.toml"
STARTUP = ROOT / "app/lab/machine/startup"
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
        "supported version will do",
    )
    parser.add_argument(
        "--dev", action="store_true", help="install what tests and checks need as well"
    )
    arguments = parser.parse_args()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        with lock():
            set_up(this_python=arguments.this_python, dev=arguments.dev)
    except Problem as problem:
        print(f"Setup stopped. {problem}", file=sys.stderr)
        return 1
    return 0


def set_up(*, this_python: bool, dev: bool) -> None:
    stamp = read_stamp()
    keep = VENV_PYTHON.exists() and not (this_python and version_of_environment() != THIS)
    # What was installed once is kept up to date.
    dev = dev or bool(keep and stamp.get("dev"))
    if keep and stamp == current_state(dev=dev):
        return
    started = time.monotonic()
    if not (keep and works(stamp)):
        create_environment()
    install_packages([LOCK, DEV_LOCK] if dev else [LOCK])
    install_project()
    STAMP.write_text(json.dumps(current_state(dev=dev)), encoding="utf-8")
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


def current_state(*, dev: bool) -> dict[str, object]:
    """Everything that a finished environment depends on. Nothing to do if it has not changed."""
    return {
        "dev": digest(DEV_LOCK) if dev else None,
        "place": str(VENV),
        "python": os.path.realpath(VENV_PYTHON),
        "made_from": digest(VENV / "pyvenv.cfg"),
        "lock": digest(LOCK),
        "project": digest(PROJECT),
        "startup": [digest(file) for file in sorted(STARTUP.glob("*.p*"))],
        "installed": installed_distributions(),
    }


def works(stamp: dict[str, object]) -> bool:
    """Whether the environment itself works, so that only packages need updating.

    The scripts of a moved environment have its old path, one whose Python was replaced does not
    start, and one whose creation was interrupted has no pip.
    """
    state = current_state(dev=False)
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
    if not MINIMUM <= THIS < TOO_NEW:
        newest = f"{TOO_NEW[0]}.{TOO_NEW[1] - 1}"
        raise Problem(
            f"This is Python {sys.version.split()[0]}, but the course needs 3.11 to {newest}. "
            "If you have one of them, specify its path: make PYTHON=/path/to/python3 setup"
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


def install_packages(locks: Sequence[Path]) -> None:
    """With uv, which is ten times as fast as pip; from uv's cache alone if that is enough."""
    print(f"Installing the packages of {' and '.join(lock.name for lock in locks)} …", flush=True)
    for name in missing_paths(os.environ):
        print(f"{name} is ignored, because {os.environ[name]} does not exist.", flush=True)
    installer = Installer(VENV_PYTHON)
    locked = ["--no-deps", "--require-hashes"]
    locked += [part for lock in locks for part in ("--requirement", str(lock))]
    attempts = (
        (*("--offline", "--no-config"), "--quiet"),
        (),
        # If a proxy intercepts TLS, only the system's store has its certificate.
        ("--system-certs",),
        # A target in uv's configuration makes it succeed, but elsewhere.
        ("--no-config",),
    )
    if ensure_uv(installer):
        for options in attempts:
            if installer.uv(*options, *locked, quiet="--quiet" in options) and complete(locks):
                return
    # pip may be configured with an index that this network allows, when uv is not.
    if not installer.pip(*locked):
        raise Problem(
            f"The packages could not be installed; the messages above say why. {advice()}"
        )
    if not complete(locks):
        raise Problem(f"The packages were installed somewhere else than in {VENV}.")


def advice() -> str:
    if name := socks_proxy(os.environ):
        return (
            f"{name} names a SOCKS proxy, which pip cannot use. Set HTTPS_PROXY to an HTTP proxy, "
            f"or unset {name}, and run it again."
        )
    return "The first setup needs a network connection; connect and run it again."


def complete(locks: Sequence[Path]) -> bool:
    """Whether every package that each system needs is in the environment, in its version."""
    found = set(map(normalized, installed_distributions()))
    return all(
        normalized(f"{name}-{version}.dist-info") in found
        for lock in locks
        for name, version in re.findall(
            r"^([\w.-]+)==(\S+)(?: \\)?$", lock.read_text(encoding="utf-8"), re.MULTILINE
        )
    )


def normalized(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def ensure_uv(installer: Installer) -> bool:
    """Install the locked uv if necessary; returns whether the environment has it."""
    text = LOCK.read_text(encoding="utf-8")
    requirement = re.search(r"^uv==(\S+)(?: *\\\n +--hash=\S+)+", text, re.MULTILINE)
    if requirement is None:
        raise Problem("requirements.lock does not contain uv. Regenerate it: make lock")
    distribution = f"uv-{requirement[1]}.dist-info"
    if distribution in installed_distributions():
        return True
    with tempfile.TemporaryDirectory() as directory:
        only_uv = Path(directory) / "uv.txt"
        only_uv.write_text(requirement[0] + "\n", encoding="utf-8")
        installer.pip("--require-hashes", "--requirement", str(only_uv), quiet=True)
    return distribution in installed_distributions()


def install_project() -> None:
    """Install the course as an editable package. Its build tool is locked, so it works offline."""
    installer = Installer(VENV_PYTHON)
    project = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    if installer.uv("--offline", "--no-config", "--quiet", *project, quiet=True):
        return
    if not installer.pip("--no-index", *project):
        raise Problem("The course's own package could not be installed; see the messages above.")


def run(*command: str) -> int:
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
