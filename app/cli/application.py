"""The ``course`` command, assembled from its groups of subcommands."""

import sys
from collections.abc import Sequence

import typer

from app.cli import authors, frameworks, learners, running
from app.cli.console import substitute_missing_characters
from app.course.errors import CourseError
from app.lab.environment import prepare_process, restart_without_switches

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


@command.callback()
def prepare(context: typer.Context) -> None:
    """Runs before each subcommand."""
    # JupyterLab's terminals are the learner's, so it prepares only what it starts itself.
    if context.invoked_subcommand != "lab":
        prepare_process()


for group in (running, frameworks, learners, authors):
    group.add_to(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command and leaves the process with its exit code.

    A ``CourseError`` becomes its sentence on standard error and exit code 1.
    """
    if arguments is None:
        restart_without_switches()
    substitute_missing_characters()
    try:
        command(args=arguments, prog_name="course")
    except CourseError as error:
        print(f"{error.title}: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
