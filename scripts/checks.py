"""Runs all checks of the course, in order, and stops at the first that fails.

`make test` and CI run `python scripts/checks.py`; `--fast` runs only the quick checks, and
`--lesson SLUG` only those of one lesson.
"""

from __future__ import annotations

import argparse
import sys
import sysconfig
import time
from pathlib import Path

from running import ROOT, Check, run, run_together

SCRIPTS = Path(sysconfig.get_path("scripts"))


def python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, *arguments)


def script(name: str, *arguments: str) -> tuple[str, ...]:
    return (str(SCRIPTS / name), *arguments)


def notebooks_run(*paths: str) -> Check:
    # Warnings in Jupyter's own client are not the course's; those in cells appear in their output.
    nbval = ("--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=120")
    return Check("Notebooks run", python("-m", "pytest", "-q", "-W", "default", *nbval, *paths))


STATIC = (
    Check("Lint", python("-m", "ruff", "check", ".")),
    Check("Format", python("-m", "ruff", "format", "--check", ".")),
    Check("Import contract", script("lint-imports")),
)
TYPES = Check("Types", python("-m", "mypy"))  # keeps one core busy for half a minute
# These start servers and measure many times.
SLOW_FOLDERS = ("tests/lab/load", "tests/lab/services/seed", "tests/lab/services")
SHOP_FOLDERS = ("tests/shop", "tests/lessons")
FRAMEWORKS = "tests/lab/tools/frameworks"
FAST = ("-m", "pytest", "-q", "-m", "not slow and not browser")
FAST_TOGETHER = (
    TYPES,
    Check("Fast tests of the shop", python(*FAST, *SHOP_FOLDERS)),
    Check(
        "Fast tests of the lab",
        python(*FAST, *(f"--ignore={folder}" for folder in (*SLOW_FOLDERS, *SHOP_FOLDERS))),
    ),
)
SOURCES = Check("Notebooks match their sources", script("course", "build", "--check"))
PROCESSES = ("tests/browser", "tests/packaging", "tests/lab/environment", "tests/cli")
# They wait for servers about as much as they work, so they run concurrently; after the types, whose
# faults are the most frequent, the longest first.
TOGETHER = (
    TYPES,
    Check(
        "Tests of the lab",
        python(
            *("-m", "pytest", "-q"),
            *(f"--ignore={f}" for f in (*SHOP_FOLDERS, FRAMEWORKS, *PROCESSES)),
        ),
    ),
    Check("Tests of the shop", python("-m", "pytest", "-q", *SHOP_FOLDERS)),
    Check("Tests of what starts other processes", python("-m", "pytest", "-q", *PROCESSES)),
    Check("Exercises judge as they should", script("course", "verify")),
    Check("Tests of the frameworks", python("-m", "pytest", "-q", FRAMEWORKS)),
)


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the course's checks.")
    share = parser.add_mutually_exclusive_group()
    share.add_argument("--fast", action="store_true", help="only what is quick")
    share.add_argument("--lesson", metavar="SLUG", help="only what concerns this lesson")
    arguments = parser.parse_args()
    if arguments.lesson is not None:
        try:
            one_by_one, together = share_of(arguments.lesson)
        except LookupError as error:
            print(error.args[0], file=sys.stderr)
            return 2
    elif arguments.fast:
        one_by_one, together = STATIC, FAST_TOGETHER
    else:
        one_by_one, together = (
            (*STATIC, SOURCES),
            (*TOGETHER[:4], all_notebooks_run(), *TOGETHER[4:]),
        )
    started = time.monotonic()
    if not (all(map(run, one_by_one)) and run_together(together)):
        return 1
    print(f"── All passed in {time.monotonic() - started:.0f} s")
    return 0


def all_notebooks_run() -> Check:
    """Without those that cannot run on this machine."""
    from app.lab.authoring.left_out import left_out
    from app.lab.authoring.project import this_project

    project = this_project()
    paths = (
        project.shown(project.notebook(lesson, kind))
        for lesson in left_out(project.lessons)
        for kind in project.kinds(lesson)
    )
    return notebooks_run("notebooks", "solutions", *(f"--ignore={path}" for path in paths))


def share_of(slug: str) -> tuple[tuple[Check, ...], tuple[Check, ...]]:
    """The checks of one lesson: those to run one by one, and those to run concurrently.

    Raises ``LookupError``, which lists the known slugs, if there is no such lesson.
    """
    from app.course.catalogue import lesson_named
    from app.lab.authoring.project import this_project

    lesson = lesson_named(slug)
    project = this_project()
    tests = f"tests/lessons/test_{slug}.py"
    sources = tuple(path for path in (f"app/lessons/{slug}", tests) if (ROOT / path).exists())
    executed = (project.notebook(lesson, kind) for kind in ("lesson", "solution"))
    notebooks = (project.shown(path) for path in executed if path.exists())
    one_by_one = (
        Check("Lint", python("-m", "ruff", "check", *sources)),
        Check("Format", python("-m", "ruff", "format", "--check", *sources)),
        Check("Types", python("-m", "mypy", *sources)),
        Check("Notebooks match their sources", script("course", "build", "--check", slug)),
    )
    together = [
        Check("The exercise judges as it should", script("course", "verify", slug)),
        notebooks_run(*notebooks),
    ]
    if tests in sources:
        together.append(Check("Tests of the lesson", python("-m", "pytest", "-q", tests)))
    return one_by_one, tuple(together)


if __name__ == "__main__":
    sys.exit(main())
