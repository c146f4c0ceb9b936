"""Every installation uses the lock files, so they must be complete for every system and Python."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
DEV_LOCK = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

SYSTEMS = {
    "linux": {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"},
    "macos": {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin"},
    "windows": {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
}
MACHINES = {"linux": "x86_64", "macos": "arm64", "windows": "AMD64"}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def entries(lock: str) -> Iterator[tuple[Requirement, list[str]]]:
    """Each pinned package with its hashes."""
    for entry in re.split(r"\n(?=\S)", lock.strip()):
        pin, *hashes = entry.replace("\\\n", "").split("--hash=")
        yield Requirement(pin.strip()), [value.strip() for value in hashes]


def direct_dependencies(*groups: str) -> list[Requirement]:
    texts = [*PROJECT["project"]["dependencies"]]
    for group in groups:
        texts += PROJECT["dependency-groups"][group]
    return [Requirement(text) for text in texts]


def environment(system: str, python: str) -> dict[str, str]:
    environment = {name: str(value) for name, value in default_environment().items()}
    return (
        environment
        | SYSTEMS[system]
        | {
            "platform_machine": MACHINES[system],
            "python_version": python,
            "python_full_version": f"{python}.6",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
        }
    )


@pytest.mark.parametrize(
    ("lock", "groups"),
    [(LOCK, ("setup",)), (LOCK + DEV_LOCK, ("setup", "dev"))],
    ids=["learner", "author"],
)
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", SYSTEMS)
def test_pins_one_version_of_each_dependency(
    system: str, python: str, lock: str, groups: tuple[str, ...]
) -> None:
    markers = environment(system, python)
    pinned: dict[str, list[str]] = {}
    for pin, _ in entries(lock):
        if pin.marker is None or pin.marker.evaluate(markers):
            (clause,) = pin.specifier
            pinned.setdefault(canonicalize_name(pin.name), []).append(clause.version)
    assert [name for name, versions in pinned.items() if len(versions) > 1] == []
    for dependency in direct_dependencies(*groups):
        if dependency.marker is None or dependency.marker.evaluate(markers):
            (version,) = pinned.get(canonicalize_name(dependency.name), ["none"])
            assert version != "none", f"{dependency} is not in the lock file"
            assert version in dependency.specifier, f"{dependency}, but {version} is locked"


def test_pins_each_package_with_hashes() -> None:
    assert len(list(entries(LOCK))) > 100
    for pin, hashes in entries(LOCK + DEV_LOCK):
        assert [clause.operator for clause in pin.specifier] == ["=="], pin
        assert hashes, f"{pin} has no hash"
        for value in hashes:
            assert re.fullmatch(r"sha256:[0-9a-f]{64}", value), f"{pin}: {value}"


def test_contains_no_urls_or_index_options() -> None:
    assert "://" not in LOCK + DEV_LOCK
    assert not re.search(r"--(extra-)?index|--find-links|--trusted-host", LOCK + DEV_LOCK)


def test_learners_do_not_get_the_authors_tools() -> None:
    """Together as large as a third of what they need. (Locust requires pytest, so they get it.)"""
    names = {canonicalize_name(pin.name) for pin, _ in entries(LOCK)}
    assert names.isdisjoint({"mypy", "nbval", "ruff", "schemathesis", "selenium"})


def test_contains_the_tools_that_setup_needs() -> None:
    names = {canonicalize_name(pin.name) for pin, _ in entries(LOCK) if pin.marker is None}
    assert {"uv", "hatchling"} <= names
