"""All that must be true of the course, in order, stopping at the first that is not.

`python scripts/checks.py` is what `make test` and CI run; `--fast` leaves out what is slow.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import sysconfig
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(sysconfig.get_path("scripts"))
BYTECODE = ROOT / ".pytest_cache/d/bytecode"


@dataclass(frozen=True)
class Check:
    name: str
    command: tuple[str, ...]


def python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, *arguments)


def script(name: str, *arguments: str) -> tuple[str, ...]:
    return (str(SCRIPTS / name), *arguments)


STATIC = (
    Check("Lint", python("-m", "ruff", "check", ".")),
    Check("Format", python("-m", "ruff", "format", "--check", ".")),
    Check("Types", python("-m", "mypy")),
    Check("Import contract", script("lint-imports")),
)
# They start servers and measure, again and again.
SLOW_FOLDERS = ("tests/lab/load", "tests/lab/services/seed", "tests/lab/services")
SHOP_FOLDERS = ("tests/shop", "tests/lessons")
FRAMEWORKS = "tests/lab/frameworks"
FAST = ("-m", "pytest", "-q", "-m", "not slow and not browser")
FAST_TOGETHER = (
    Check("Fast tests of the shop", python(*FAST, *SHOP_FOLDERS)),
    Check(
        "Fast tests of the lab",
        python(*FAST, *(f"--ignore={folder}" for folder in (*SLOW_FOLDERS, *SHOP_FOLDERS))),
    ),
)
SOURCES = Check("Notebooks match their sources", script("course", "build", "--check"))
LANES = 2
# They wait for servers as much as they work, so they run beside each other, the longest first.
TOGETHER = (
    Check(
        "Tests of the lab",
        python("-m", "pytest", "-q", *(f"--ignore={f}" for f in (*SHOP_FOLDERS, FRAMEWORKS))),
    ),
    Check("Tests of the shop", python("-m", "pytest", "-q", *SHOP_FOLDERS)),
    Check("Exercises judge as they should", script("course", "verify")),
    Check(
        "Notebooks run",
        # Warnings of Jupyter's own client are not the course's; those in cells are theirs to show.
        python(
            *("-m", "pytest", "-q", "-W", "default"),
            *("--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=120"),
            *("notebooks", "solutions"),
        ),
    ),
    Check("Tests of the frameworks", python("-m", "pytest", "-q", FRAMEWORKS)),
)


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the course's checks.")
    parser.add_argument("--fast", action="store_true", help="only what is quick")
    fast = parser.parse_args().fast
    one_by_one, together = (STATIC, FAST_TOGETHER) if fast else ((*STATIC, SOURCES), TOGETHER)
    started = time.monotonic()
    if not (all(map(run, one_by_one)) and run_together(together)):
        return 1
    print(f"── All passed in {time.monotonic() - started:.0f} s")
    return 0


def run(check: Check) -> bool:
    print(f"── {check.name}", flush=True)
    before = time.monotonic()
    code = subprocess.run(check.command, cwd=ROOT, env=environment(), check=False).returncode
    return told(check, code, time.monotonic() - before)


def run_together(checks: tuple[Check, ...]) -> bool:
    """``LANES`` of them at a time. What each of them prints is shown when it is its turn; after one
    that failed, no other begins."""
    passed = True
    with ThreadPoolExecutor(LANES) as pool:
        running = [pool.submit(run_quietly, check) for check in checks]
        for check, one in zip(checks, running, strict=True):
            if one.cancelled():
                continue
            code, output, seconds = one.result()
            print(f"── {check.name}\n{output.rstrip()}", flush=True)
            if not told(check, code, seconds):
                passed = False
                pool.shutdown(wait=False, cancel_futures=True)
    return passed


def run_quietly(check: Check) -> tuple[int, str, float]:
    """Its exit code, what it printed, and how many seconds it took."""
    before = time.monotonic()
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
    return done.returncode, done.stdout, time.monotonic() - before


def told(check: Check, code: int, seconds: float) -> bool:
    """Say how it went; whether it passed."""
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
        # Hundreds of processes would compile all anew. Kept where it is not beside the sources.
        own["PYTHONPYCACHEPREFIX"] = str(BYTECODE)
    return {**own, **given}


if __name__ == "__main__":
    sys.exit(main())
