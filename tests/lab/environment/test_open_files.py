"""With too few descriptors, a sentence says so, where the shop would blame its database."""

import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="limits open files in the POSIX way"),
]

LOADED = """
import asyncio
from app.course.errors import CourseError
from app.lab import lab

async def main():
    await lab.start("pooling")
    print((await lab.burst("/api/products/1", requests=40, connections=20)).statuses)
    for load in (
        lab.burst("/api/products/1", requests=200, connections=100),
        lab.measure("/api/products/1", connections=150, seconds=0.2),
    ):
        try:
            await load
        except CourseError as error:
            print(error)
    await lab.close()

asyncio.run(main())
"""


def test_a_load_that_needs_more_says_so() -> None:
    command = ["/bin/sh", "-c", 'ulimit -n 256; exec "$0" -c "$1"', sys.executable, LOADED]
    completed = subprocess.run(command, capture_output=True, text=True, check=False)
    works, *refused = completed.stdout.splitlines()
    assert works == "{200: 40}", completed.stderr
    assert [line.partition(" can take ")[0] for line in refused] == [
        "100 connections",
        "150 connections",
    ]
    assert all("may have 256. Use fewer, or allow more" in line for line in refused)
    assert completed.stderr == ""


def test_the_limit_is_raised_as_far_as_it_may_be() -> None:
    code = (
        "from app.lab.environment import prepare_process\n"
        "from app.lab.environment.process import open_files\n"
        "prepare_process(); print(open_files())"
    )
    command = ["/bin/sh", "-c", 'ulimit -S -n 256; exec "$0" -c "$1"', sys.executable, code]
    allowed = subprocess.check_output(command, text=True)
    assert int(allowed) > 256
