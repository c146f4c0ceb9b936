"""The doctor distinguishes this course's JupyterLab from somebody else's server."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.lab.machine import ports

LISTENING = """
import socket, sys
with socket.socket() as listener:
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Jupyter servers record what they are."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def server(
    runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator["tuple[subprocess.Popen[str], Path]"]:
    """A process of this environment that listens on JupyterLab's port, and its record."""
    command = [sys.executable, "-c", LISTENING]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        port = int(process.stdout.readline())
        monkeypatch.setattr(ports, "PORT", port)
        record = runtime / f"jpserver-{process.pid}.json"
        record.write_text(json.dumps({"pid": process.pid, "port": port, "root_dir": "/"}))
        yield process, record


def test_the_port_is_free(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setattr(ports, "PORT", probe.getsockname()[1])
    assert not list(runtime.iterdir())
    assert ports.port_report() == "127.0.0.1 has free ports"


@pytest.mark.usefixtures("server")
def test_this_courses_jupyterlab_has_the_port() -> None:
    assert ports.port_report() == f"this course's JupyterLab runs on port {ports.PORT}"


def test_something_else_has_the_port(server: "tuple[subprocess.Popen[str], Path]") -> None:
    server[1].unlink()
    assert f"{ports.PORT} is taken, so JupyterLab will use the next one" in ports.port_report()


def test_a_jupyter_server_of_another_environment_has_the_port(
    server: "tuple[subprocess.Popen[str], Path]", monkeypatch: pytest.MonkeyPatch
) -> None:
    assert server[1].exists()
    monkeypatch.setattr(sys, "prefix", "/another/environment")
    assert f"{ports.PORT} is taken" in ports.port_report()
