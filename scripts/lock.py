"""Pins all packages, for every system and Python that is supported; `--upgrade`: the newest.

`requirements.lock` has what the course needs, `requirements-dev.lock` what tests and checks need
beyond that.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"


def main() -> int:
    with tempfile.TemporaryDirectory() as directory:
        everything = Path(directory) / "everything.lock"
        # Without --upgrade, uv keeps the versions that it finds in the file it writes.
        present = [lock.read_text(encoding="utf-8") for lock in (LOCK, DEV_LOCK) if lock.exists()]
        everything.write_text("".join(present), encoding="utf-8")
        pin(everything, "--group", "setup", "--group", "dev", *sys.argv[1:])
        # The same versions, so that both can be installed together.
        pin(LOCK, "--group", "setup", "--constraint", str(everything))
        needed = set(entries(LOCK))
        others = [entry for entry in entries(everything) if entry not in needed]
    DEV_LOCK.write_text("".join(others), encoding="utf-8")
    return 0


def pin(output: Path, *options: str) -> None:
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal"]
    command += ["--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate"]
    command += [*options, "--output-file", str(output), "pyproject.toml"]
    subprocess.run(command, cwd=ROOT, check=True)


def entries(lock: Path) -> list[str]:
    """Each pinned package with its hashes, as text."""
    return re.split(r"(?<=\n)(?=\S)", lock.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
