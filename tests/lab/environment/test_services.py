"""The servers start whatever is set in the environment of their first client."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.environment.variables import together
from tests.lab.services.processes import eventually, running_for

LEASED = """
from app.lab.services import connect
with connect("anybody") as client:
    print(client.lease().database, client.redis.name)
"""


@pytest.mark.slow
def test_they_start_and_load_the_data(empty_home: Path) -> None:
    completed = subprocess.run(
        [sys.executable, "-c", LEASED],
        env={**os.environ, **together(), "HOME": "/dev/null"},
        umask=0o077,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.stdout.startswith("course_"), completed.stderr
    assert "None" not in completed.stdout
    eventually(lambda: not running_for(empty_home))
