"""``course lab`` starts whatever is set, even where the home cannot be written."""

import http.client
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.lab.services.sockets import free_port
from tests.lab.environment.variables import together

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="stops it with a signal"),
]

COURSE = Path(sys.executable).with_name("course")


def test_it_starts(tmp_path: Path) -> None:
    port = free_port()
    with (tmp_path / "log").open("w+") as log:
        process = subprocess.Popen(
            [COURSE, "lab", "--no-browser", "--port", str(port)],
            cwd=tmp_path,
            env={**os.environ, **together(), "HOME": "/dev/null"},
            stdout=log,
            stderr=log,
        )
        try:
            deadline = time.monotonic() + 60
            while not answers(port) and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.1)
            assert answers(port), (tmp_path / "log").read_text()
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
    assert "Traceback" not in (tmp_path / "log").read_text()


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/api")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
