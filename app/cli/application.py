"""The ``course`` command, assembled from its groups of subcommands."""

import sys
from collections.abc import Sequence

import typer

from app.cli import authors, frameworks, learners, running
from app.course.errors import CourseError

HELP = """A course on making a FastAPI application fast.

Start with `course lab`: it brings up PostgreSQL, Redis and JupyterLab.
If something does not work, `course doctor` says what and how to fix it."""

command = typer.Typer(
    name="course",
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # loading it would take longer than the help
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (running, frameworks, learners, authors):
    group.add_to(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command and leaves the process with its exit code.

    A ``CourseError`` becomes its sentence on standard error and exit code 1.
    """
    try:
        command(args=arguments, prog_name="course")
    except CourseError as error:
        print(f"{error.title}: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
