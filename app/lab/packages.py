"""Whether the installed packages are those of the lock file."""

import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PIN = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<marker>[^\\]+))?")


def differences(lock: Path) -> tuple[list[str], list[str]]:
    """Packages that are missing, and those of another version, as sentences' parts.

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
