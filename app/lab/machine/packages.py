"""Whether the installed packages are those of the lock file."""

import re
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

DISTRIBUTION = "high-performance-fastapi"
PIN = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<marker>[^\\]+))?")


def differences(lock: Path) -> tuple[list[str], list[str]]:
    """Names of packages that are missing, and phrases for those of another version.

    Pins whose marker does not hold here are passed over.
    """
    from packaging.markers import Marker

    missing, other = [], []
    for line in lock.read_text(encoding="utf-8").splitlines():
        pin = PIN.match(line)
        if not pin or (pin["marker"] and not Marker(pin["marker"].strip()).evaluate()):
            continue
        try:
            installed = version(pin["name"])
        except PackageNotFoundError:
            missing.append(pin["name"])
            continue
        if installed != pin["version"]:
            other.append(f"{pin['name']} {installed} instead of {pin['version']}")
    return missing, other


def required() -> set[str]:
    """The packages that the course itself asks for, without which it cannot run."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    asked = [Requirement(text) for text in requires(DISTRIBUTION) or ()]
    return {canonicalize_name(r.name) for r in asked if not r.marker or r.marker.evaluate()}
