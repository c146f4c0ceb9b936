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

IN_ANOTHER_WORK_COPY = """
import sys
from pathlib import Path
from app.lab.environment import restart_without_switches

restart_without_switches()

from app.cli import main
from app.lab.authoring.project import this_project
from app.lab.learner.work_copy.place import WorkCopy
from app.lab.machine import jupyter_lab

work_copy, port = sys.argv[1:]
jupyter_lab.this_work_copy = lambda: WorkCopy(this_project(), Path(work_copy))
main(["lab", "--no-browser", "--port", port])
"""


def test_it_starts(tmp_path: Path) -> None:
    port = free_port()
    with (tmp_path / "log").open("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", IN_ANOTHER_WORK_COPY, str(tmp_path / "copy"), str(port)],
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
