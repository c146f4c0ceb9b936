"""A folder of this user's where a framework is installed or compiled, once for each state of its
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
    """The message is what the tool said last."""


def built(name: str, sources: Iterable[Path], tool: str, build: Callable[[Path], None]) -> Path:
    """The folder that holds copies of ``sources`` and what ``build`` made of them.

    It is made once for these sources and this ``tool`` (with its version). What earlier ones left
    is removed. Raises ``BuildError`` or ``OSError``.
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
    """Raises ``BuildError`` where it fails."""
    try:
        done = subprocess.run(
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
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise BuildError(lines[-1] if lines else f"exit code {done.returncode}")


def tool_version(command: Sequence[str]) -> str | None:
    """What a tool says of its version, or ``None`` where it is not installed."""
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return None
    return said.stdout.strip()


def _digest(sources: Sequence[Path], tool: str) -> str:
    digest = hashlib.sha256(tool.encode())
    for source in sources:
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()[:16]
