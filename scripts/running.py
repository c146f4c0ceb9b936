"""Runs checks, each in a separate process, and reports their results."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BYTECODE = ROOT / ".pytest_cache/d/bytecode"
WORKERS = 2


@dataclass(frozen=True)
class Check:
    name: str
    command: tuple[str, ...]


def run(check: Check) -> bool:
    print(f"── {check.name}", flush=True)
    started = time.monotonic()
    code = subprocess.run(check.command, cwd=ROOT, env=environment(), check=False).returncode
    return passed(check, code, time.monotonic() - started)


def run_together(checks: tuple[Check, ...]) -> bool:
    """Run ``WORKERS`` checks at a time. Prints their output in the given order; after a failure, no
    more checks start."""
    all_passed = True
    with ThreadPoolExecutor(WORKERS) as pool:
        futures = [pool.submit(run_quietly, check) for check in checks]
        for check, future in zip(checks, futures, strict=True):
            if future.cancelled():
                continue
            code, output, seconds = future.result()
            print(f"── {check.name}\n{output.rstrip()}", flush=True)
            if not passed(check, code, seconds):
                all_passed = False
                pool.shutdown(wait=False, cancel_futures=True)
    return all_passed


def run_quietly(check: Check) -> tuple[int, str, float]:
    """Returns the check's exit code, its output and its duration in seconds."""
    started = time.monotonic()
    completed = subprocess.run(
        check.command,
        cwd=ROOT,
        env=environment(),
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    return completed.returncode, completed.stdout, time.monotonic() - started


def passed(check: Check, code: int, seconds: float) -> bool:
    """Print a check's result; returns whether it passed."""
    if code != 0:
        command = shlex.join(check.command)
        print(f"\nStopped at “{check.name}”. To run it alone:\n    {command}", file=sys.stderr)
        return False
    print(f"   passed in {seconds:.0f} s", flush=True)
    return True


def environment() -> dict[str, str]:
    """Short measuring mode without a queue, since checks run concurrently, and a separate home, so
    that the learner's progress is not touched."""
    from app.lab.services.paths import state_home

    own = {
        "COURSE_HOME": str(state_home() / "checks"),
        "COURSE_QUEUE": "off",
        "COURSE_SHORT": "1",
        "PYTHONUTF8": "1",
    }
    inherited = dict(os.environ)
    if inherited.pop("PYTHONDONTWRITEBYTECODE", ""):
        # Otherwise hundreds of processes would each recompile everything. Not next to the sources.
        own["PYTHONPYCACHEPREFIX"] = str(BYTECODE)
    return {**own, **inherited}
