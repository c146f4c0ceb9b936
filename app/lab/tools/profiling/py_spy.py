"""Runs py-spy, which reads the call stacks of other processes from outside."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from app.course.errors import CourseError
from app.lab.environment import neutral
from app.lab.serving.stacks import PROCESS, Frame, Samples, Stack

RATE = 100
"""Samples a second."""
_LATE_SECONDS = 15
"""That it may take to start and to write its result, besides the time that it samples."""
_LINE = re.compile(r"(?P<stack>.*) (?P<count>\d+)")
_FRAME = re.compile(r"(?P<name>.*) \((?P<file>.*?)(?::(?P<line>\d+))?\)")
_PROCESS = re.compile(r"process (?P<pid>\d+)\b")
_REFUSALS = ("permission denied", "operation not permitted", "os error 1)", "run as root", "sudo")


class PySpyRefused(CourseError):
    """The operating system does not let py-spy look at another process."""

    title = "py-spy is not allowed to look"

    def __init__(self) -> None:
        super().__init__(REMEDY)


class PySpyFailed(CourseError):
    title = "py-spy did not finish"


def _remedy() -> str:
    if sys.platform == "darwin":
        return "macOS lets only root look at other processes: run `sudo py-spy …` in a terminal."
    if sys.platform == "win32":
        return "Windows lets only the owner of a process or an administrator look at it."
    return (
        "The system refuses ptrace. A container needs `--cap-add SYS_PTRACE`, Kubernetes "
        "`securityContext.capabilities.add: [SYS_PTRACE]`; elsewhere `sudo py-spy …`, or "
        "`sysctl kernel.yama.ptrace_scope=0`, or starting the program with py-spy."
    )


REMEDY = _remedy()
"""What to do where py-spy is refused, in a sentence."""


def program() -> str:
    """The path of py-spy in this environment. Raises ``PySpyFailed`` where it is missing."""
    name = "py-spy.exe" if sys.platform == "win32" else "py-spy"
    path = Path(sysconfig.get_path("scripts")) / name
    if not path.exists():
        raise PySpyFailed(f"{path} does not exist. Set up the environment again: `make setup`.")
    return str(path)


def options(seconds: float, *, idle: bool) -> list[str]:
    """Of ``py-spy record``, but for what is recorded and where the result goes."""
    chosen = ["--duration", str(max(1, round(seconds))), "--rate", str(RATE), "--format", "raw"]
    return [*chosen, "--function", "--full-filenames", *(["--idle"] if idle else [])]


async def record(pid: int, seconds: float, *, idle: bool) -> Samples:
    """Sample a running process. ``idle``: also threads that wait.

    Raises ``PySpyRefused``, and ``PySpyFailed`` for any other failure.
    """
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "stacks.txt"
        command = [program(), "record", *options(seconds, idle=idle), "--pid", str(pid)]
        process = start([*command, "--output", str(result)])
        await finished(process, seconds + _LATE_SECONDS)
        return parsed(result.read_text())


def start(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    """In a process group of its own, so that an interrupt of the kernel does not reach it."""
    null, pipe, environment = subprocess.DEVNULL, subprocess.PIPE, neutral(os.environ)
    if sys.platform == "win32":
        return subprocess.Popen(
            command,
            stdin=null,
            stdout=null,
            stderr=pipe,
            env=environment,
            creationflags=subprocess.CREATE_NEW_PROCESS_GROUP,
        )
    return subprocess.Popen(
        command, stdin=null, stdout=null, stderr=pipe, env=environment, process_group=0
    )


async def finished(process: "subprocess.Popen[bytes]", limit: float) -> None:
    """Wait until it has written its result; end it where this is cancelled or takes too long."""
    waiting = asyncio.get_running_loop().run_in_executor(None, process.communicate)
    try:
        async with asyncio.timeout(limit):
            _, errors = await asyncio.shield(waiting)
    except TimeoutError:
        raise PySpyFailed(f"py-spy has not finished within {limit:.0f} s.") from None
    finally:
        with suppress(OSError):
            process.kill()
    check(process.returncode, errors.decode(errors="replace"))


def check(returncode: int, errors: str) -> None:
    """Raises ``PySpyRefused`` or ``PySpyFailed`` unless py-spy has succeeded."""
    if returncode in (0, -signal.SIGINT):
        return
    if any(words in errors.lower() for words in _REFUSALS):
        raise PySpyRefused
    lines = [line for line in errors.splitlines() if line.strip()]
    raise PySpyFailed(lines[0] if lines else f"exit status {returncode}")


def parsed(text: str) -> Samples:
    """The samples of its raw format: a line for each stack, with the number of samples."""
    samples: Samples = {}
    for line in text.splitlines():
        if found := _LINE.fullmatch(line):
            stack = _stack(found["stack"])
            samples[stack] = samples.get(stack, 0) + int(found["count"])
    return samples


def _stack(text: str) -> Stack:
    frames = []
    for part in text.split(";"):
        if found := _FRAME.fullmatch(part):
            frames.append(Frame(found["name"], found["file"], int(found["line"] or 0)))
        elif found := _PROCESS.match(part):
            frames.append(Frame(f"process {found['pid']}", PROCESS))
    return tuple(frames)
