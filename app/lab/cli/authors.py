"""Subcommands for who writes lessons: build, verify."""

from typing import Annotated

import typer

PANEL = "For authors"

Slugs = Annotated[
    list[str] | None, typer.Argument(metavar="[LESSON]...", help="Such as pooling; all by default.")
]


def add_to(command: typer.Typer) -> None:
    command.command(rich_help_panel=PANEL)(build)
    command.command(rich_help_panel=PANEL)(verify)


def build(
    lessons: Slugs = None,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; list what differs from its source.")
    ] = False,
    execute: Annotated[
        bool, typer.Option(help="Run the notebooks; otherwise unchanged cells keep their outputs.")
    ] = True,
) -> None:
    """Make the notebooks from the lessons' text.

    lesson.md becomes notebooks/NN_lesson.ipynb, executed; exercise.md becomes
    exercises/NN_lesson.ipynb and, executed, solutions/NN_lesson.ipynb. The README's timetable is
    brought up to date. Measurements are made at full length, so this takes minutes.
    """
    from app.lab.notebooks.project import this_project

    project = this_project()
    if not check:
        from app.lab.notebooks import build as building

        building.build(project, lessons or (), run=execute)
        return
    from app.lab.notebooks.compare import faults

    found = faults(project, lessons or ())
    for fault in found:
        print(fault)
    if found:
        raise typer.Exit(1)
    print("The notebooks are what their sources say.")


def verify(
    lessons: Slugs = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object an attempt.")
    ] = False,
) -> None:
    """Try each exercise: untouched, with its solution, with wrong and with other right answers.

    Untouched must read "not attempted", the solution and each accepted variant "passed", and each
    wrong attempt must be refused with a message of its own. Exit code 0 or 1.
    """
    import json
    import os
    from dataclasses import asdict

    from app.lab.notebooks.project import this_project
    from app.lab.notebooks.verify import shortfalls, verify_exercises

    os.environ.setdefault("COURSE_SHORT", "1")
    report = _print_json if as_json else _print_trial
    trials = verify_exercises(this_project(), lessons or (), report=report)
    short = shortfalls(trials)
    if as_json:
        for lesson, sentence in short:
            print(json.dumps({"lesson": lesson, "problem": sentence}))
    else:
        _print_summary(trials, short)
    del asdict
    if short or any(trial.problem for trial in trials):
        raise typer.Exit(1)
