"""Installs or compiles a framework in the user's state directory, once per version of its
sources."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from filelock import FileLock

from app.lab.services.paths import state_home

BUILD_SECONDS = 600.0


class BuildError(Exception):
    """The message is the last line of the tool's output."""


def build_once(
    name: str, sources: Iterable[Path], tool: str, build: Callable[[Path], None]
) -> Path:
    """A folder with copies of ``sources`` and whatever ``build`` made of them.

    Built once for these sources and this ``tool``, which includes its version; earlier builds are
    removed. Raises ``BuildError`` or ``OSError``.
    """
    sources = sorted(sources)
    home = state_home() / "frameworks"
    home.mkdir(parents=True, exist_ok=True)
    folder = home / f"{name}-{_digest(sources, tool)}"
    with FileLock(home / f"{name}.lock"):
        if (folder / "complete").exists():
            return folder
        for old in home.glob(f"{name}-*"):
            shutil.rmtree(old, ignore_errors=True)
        folder.mkdir()
        for source in sources:
            shutil.copy(source, folder)
        build(folder)
        (folder / "complete").touch()
    return folder


def run_tool(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
    """Run a tool in ``folder``. Raises ``BuildError`` if it fails."""
    try:
        completed = subprocess.run(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=BUILD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BuildError(f"{command[0]} took more than {BUILD_SECONDS:.0f} s") from None
    if completed.returncode != 0:
        lines = (completed.stderr or completed.stdout).strip().splitlines()
        raise BuildError(lines[-1] if lines else f"exit code {completed.returncode}")


def tool_version(command: Sequence[str]) -> str | None:
    """What a tool prints about its version; ``None`` if it is not installed."""
    try:
        completed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return None
    return completed.stdout.strip()


def _digest(sources: Sequence[Path], tool: str) -> str:
    digest = hashlib.sha256(tool.encode())
    for source in sources:
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()[:16]
