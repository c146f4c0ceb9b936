"""Where state is stored: one directory for each set of servers that a user may run."""

import hashlib
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.lab.services.errors import ServicesError
from app.lab.services.messages import PROTOCOL

NAME = "high-performance-fastapi"


@dataclass(frozen=True, slots=True)
class Instance:
    """The files of one supervisor and its servers."""

    directory: Path
    fingerprint: str
    """Identifies the data in its template database."""

    @property
    def key(self) -> str:
        return self.directory.name

    @property
    def lock(self) -> Path:
        return self.directory / "lock"

    @property
    def address(self) -> Path:
        return self.directory / "supervisor.json"

    @property
    def log(self) -> Path:
        return self.directory / "supervisor.log"


def state_home(environ: Mapping[str, str] = os.environ) -> Path:
    """``COURSE_HOME``, or the user's state directory."""
    if given := environ.get("COURSE_HOME"):
        return Path(given).expanduser().absolute()
    if is_root():
        # The servers run as an unprivileged user, which cannot enter root's home.
        return Path("/var/lib") / NAME
    import platformdirs

    return platformdirs.user_state_path(NAME, appauthor=False)


def is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def find_instance(fingerprint: str, environ: Mapping[str, str] = os.environ) -> Instance:
    """The instance for the servers that ``environ`` specifies. Creates nothing."""
    identity = [
        str(PROTOCOL),
        fingerprint,
        environ.get("DATABASE_URL", ""),
        environ.get("REDIS_URL", ""),
        # Several hosts may share a home directory, but not a socket or a process ID.
        platform.node() if sys.platform == "linux" else "",
    ]
    key = hashlib.sha256("\0".join(identity).encode()).hexdigest()[:12]
    return Instance(state_home(environ) / key, fingerprint)


def create_directory(instance: Instance) -> None:
    """Create the instance's directory. Raises ``ServicesError`` if that is impossible."""
    home = instance.directory.parent
    # For root, the servers' unprivileged user has to be able to enter.
    mode = 0o755 if is_root() else 0o700
    try:
        for directory in (home, instance.directory):
            if not directory.is_dir():
                directory.mkdir(mode, parents=True, exist_ok=True)
                directory.chmod(mode)
        if not os.access(instance.directory, os.W_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise ServicesError(
            f"The directory {home} for the servers' data cannot be written ({error.strerror}). "
            "Set COURSE_HOME to one that can."
        ) from None
