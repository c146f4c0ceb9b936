"""What docs/deploying.md tells to use is valid, and its numbers fit together."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PAGE = ROOT / "docs" / "deploying.md"
COMPOSE = DEPLOY / "compose" / "compose.yaml"
KUBERNETES = DEPLOY / "kubernetes" / "shop.yaml"
UNITS = [DEPLOY / "systemd" / name for name in ("shop.service", "shop.socket")]


def unit() -> str:
    return UNITS[0].read_text(encoding="utf-8")


def command_of_the_unit() -> list[str]:
    found = re.search(r"^ExecStart=(.*?[^\\])$", unit(), re.MULTILINE | re.DOTALL)
    assert found is not None
    return shlex.split(found[1].replace("\\\n", " "))


def command_of_the_image() -> list[str]:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    command: list[str] = json.loads(text.partition("\nCMD ")[2].replace("\\\n", ""))
    return command


def resources() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(KUBERNETES.read_text(encoding="utf-8")))


def pod() -> dict[str, Any]:
    found: dict[str, Any] = resources()[0]["spec"]["template"]["spec"]
    return found


def environments() -> dict[str, dict[str, str]]:
    """The settings of each deployment."""
    lines = (DEPLOY / "systemd" / "shop.env").read_text(encoding="utf-8").splitlines()
    compose = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    (container,) = pod()["containers"]
    return {
        "systemd": dict(line.split("=", 1) for line in lines if not line.startswith("#")),
        "Compose": compose["services"]["shop-a"]["environment"],
        "Kubernetes": {one["name"]: one["value"] for one in container["env"]},
    }


def seconds(text: object) -> int:
    return int(str(text).removesuffix("s"))


def option(command: list[str], name: str) -> int:
    return int(command[command.index(name) + 1])


@pytest.mark.slow
def test_compose_conforms_to_its_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    completed = subprocess.run([*command, COMPOSE], capture_output=True, text=True, check=False)
    assert completed.returncode == 0, completed.stdout


@pytest.mark.slow
def test_every_resource_conforms_to_its_schema() -> None:
    import kubernetes_validate

    assert [one["kind"] for one in resources()] == ["Deployment", "Service", "PodDisruptionBudget"]
    for resource in resources():
        kubernetes_validate.validate(resource, "1.37.0", strict=True)


@pytest.mark.slow
def test_an_unknown_field_of_a_resource_would_be_noticed() -> None:
    import kubernetes_validate

    deployment = resources()[0]
    deployment["spec"]["replica"] = deployment["spec"].pop("replicas")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, "1.37.0", strict=True)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    copies = []
    for path in UNITS:
        copies.append(tmp_path / path.name)
        text = path.read_text(encoding="utf-8")
        # The only thing that this machine does not have.
        copies[-1].write_text(text.replace("/srv/shop/.venv/bin/python", "/bin/true"))
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *map(str, copies)]
    completed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (completed.returncode, completed.stdout + completed.stderr) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="Gunicorn does not run there")
def test_gunicorn_knows_the_options_of_the_unit() -> None:
    from gunicorn.config import Config

    python, *arguments = command_of_the_unit()
    assert python == "/srv/shop/.venv/bin/python"
    assert arguments[:3] == ["-m", "gunicorn", "app.main:app"]
    options = Config().parser().parse_args(arguments[3:])
    assert options.worker_class == "asgi"
    assert options.control_socket_disable


def test_uvicorn_knows_the_options_of_the_image() -> None:
    from uvicorn.main import main

    python, *arguments = command_of_the_image()
    assert (python, arguments[:3]) == ("python", ["-m", "uvicorn", "app.main:app"])
    context = main.make_context("uvicorn", arguments[2:])
    assert context.params["timeout_graceful_shutdown"] == 15


@pytest.mark.parametrize("name", ["systemd", "Compose", "Kubernetes"])
def test_the_settings_are_settings_of_the_shop(name: str) -> None:
    from app.shop.settings import Settings

    known = {field.upper() for field in Settings.model_fields}
    assert environments()[name].keys() <= known


@pytest.mark.parametrize(
    ("name", "peak"),
    # What runs side by side: all new workers, no new container, one new pod and one that stops.
    [("systemd", 2 + 2), ("Compose", 2), ("Kubernetes", 2 + 2)],
)
def test_the_budget_covers_a_release(name: str, peak: int) -> None:
    environment = environments()[name]
    connections = peak * int(environment["POOL_SIZE"])
    assert int(environment["WORKERS"]) == peak
    assert connections <= 40
    (row,) = [
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if f"| {name}," in line
    ][:1]
    assert row.endswith(f"| {environment['POOL_SIZE']} | {connections} |")


def test_a_stop_leaves_time_for_the_longest_request() -> None:
    compose = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]["shop-a"]
    by_systemd = re.search(r"TimeoutStopSec=(\d+)", unit())
    assert by_systemd is not None
    (container,) = pod()["containers"]
    sleep = int(container["lifecycle"]["preStop"]["exec"]["command"][-1])
    unit_grace = option(command_of_the_unit(), "--graceful-timeout")
    image_grace = option(command_of_the_image(), "--timeout-graceful-shutdown")
    for name, grace, kill in (
        ("systemd", unit_grace, int(by_systemd[1])),
        ("Compose", image_grace, seconds(compose["stop_grace_period"])),
        ("Kubernetes", sleep + image_grace, pod()["terminationGracePeriodSeconds"]),
    ):
        assert int(environments()[name]["REQUEST_TIMEOUT"]) < grace < kill, name


def test_workers_keep_connections_longer_than_the_proxy() -> None:
    caddy = re.search(r"keepalive (\d+)s", (DEPLOY / "compose" / "Caddyfile").read_text())
    assert caddy is not None
    assert option(command_of_the_image(), "--timeout-keep-alive") > int(caddy[1])
    assert option(command_of_the_unit(), "--keep-alive") > int(caddy[1])


def test_liveness_does_not_depend_on_the_database() -> None:
    (container,) = pod()["containers"]
    paths = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("liveness", "startup")}
    assert set(paths.values()) == {"/healthz"}
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
