"""Runs checks, each a process of its own, and says how they went."""

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
LANES = 2


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
    """``LANES`` of them at a time. The output of each is shown in the given order; once one has
    failed, no other starts."""
    all_passed = True
    with ThreadPoolExecutor(LANES) as pool:
        running = [pool.submit(run_quietly, check) for check in checks]
        for check, one in zip(checks, running, strict=True):
            if one.cancelled():
                continue
            code, output, seconds = one.result()
            print(f"── {check.name}\n{output.rstrip()}", flush=True)
            if not passed(check, code, seconds):
                all_passed = False
                pool.shutdown(wait=False, cancel_futures=True)
    return all_passed


def run_quietly(check: Check) -> tuple[int, str, float]:
    """Its exit code, what it printed, and how many seconds it took."""
    started = time.monotonic()
    done = subprocess.run(
        check.command,
        cwd=ROOT,
        env=environment(),
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    return done.returncode, done.stdout, time.monotonic() - started


def passed(check: Check, code: int, seconds: float) -> bool:
    """Report how a check ended; whether it passed."""
    if code != 0:
        again = shlex.join(check.command)
        print(f"\nStopped at “{check.name}”. To run it alone:\n    {again}", file=sys.stderr)
        return False
    print(f"   passed in {seconds:.0f} s", flush=True)
    return True


def environment() -> dict[str, str]:
    """The short measuring mode, and a record of progress that is not the learner's."""
    from app.lab.services.paths import state_home

    own = {"COURSE_HOME": str(state_home() / "checks"), "COURSE_SHORT": "1", "PYTHONUTF8": "1"}
    given = dict(os.environ)
    if given.pop("PYTHONDONTWRITEBYTECODE", ""):
        # Or hundreds of processes would each compile everything again. Not beside the sources.
        own["PYTHONPYCACHEPREFIX"] = str(BYTECODE)
    return {**own, **given}
