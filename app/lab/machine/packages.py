"""Compares the installed packages with the lock file."""

import re
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

DISTRIBUTION = "high-performance-fastapi"
PIN = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<marker>[^\\]+))?")


def differences(lock: Path) -> tuple[list[str], list[str]]:
    """The names of missing packages, and descriptions of those with another version.

    Pins whose environment marker does not apply here are ignored.
    """
    from packaging.markers import Marker

    missing, outdated = [], []
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
            outdated.append(f"{pin['name']} {installed} instead of {pin['version']}")
    return missing, outdated


def required() -> set[str]:
    """The course's direct dependencies, without which it cannot run."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    declared = [Requirement(text) for text in requires(DISTRIBUTION) or ()]
    return {canonicalize_name(r.name) for r in declared if not r.marker or r.marker.evaluate()}
