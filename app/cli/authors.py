"""Subcommands for authors of lessons: new, build, verify."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from app.lab.authoring.verify import Trial

Slugs = Annotated[
    list[str] | None, typer.Argument(metavar="[LESSON]...", help="Such as pooling; default: all.")
]


def add_to(command: typer.Typer) -> None:
    command.command()(new)
    command.command()(build)
    command.command()(verify)


def new(
    slug: Annotated[str, typer.Argument(help="A name for files and code, such as slow_exports.")],
    title: Annotated[
        str | None, typer.Option(help="The question it answers; a planned lesson has one.")
    ] = None,
    place: Annotated[
        int | None, typer.Option(help="Among the lessons; by default the first free one.")
    ] = None,
    kind: Annotated[
        str,
        typer.Option(
            help="What the exercise asks for, such as endpoint; an unknown word lists all."
        ),
    ] = "endpoint",
) -> None:
    """Make a lesson that works, for its author to fill.

    Writes a folder in app/lessons: the notebook, an exercise of that kind, its check and attempts.
    What is to be written is marked with TODO. A planned lesson's folder is completed.
    """
    from app.course.catalogue import all_lessons
    from app.lab.authoring.new_lesson import new_lesson
    from app.lab.authoring.project import this_project

    project = this_project()
    made = new_lesson(project, slug, known=all_lessons(), title=title, place=place, kind=kind)
    print("\n".join(project.shown(path) for path in made))
    print(
        f"Next: write what is marked TODO, and course build {slug}. "
        f"course build --check {slug} lists what is left; course verify {slug} tries the exercise."
    )


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
    exercises/NN_lesson.ipynb and, executed, solutions/NN_lesson.ipynb. The README's timetable and
    docs/lab.md, the reference of the lab, are brought up to date. Measurements are made at full
    length, so this takes minutes.
    """
    from app.lab.authoring.project import this_project

    project = this_project()
    if not check:
        from app.lab.authoring import build as building

        building.build(project, lessons or (), run=execute)
        return
    from app.lab.authoring.compare import faults
    from app.lab.authoring.drafts import notes

    for note in notes(project, lessons or ()):
        print(f"Note: {note}")
    found = faults(project, lessons or ())
    for fault in found:
        print(fault)
    if found:
        raise typer.Exit(1)
    print("The notebooks are what their sources say.")


def verify(
    lessons: Slugs = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each attempt.")
    ] = False,
    processes: Annotated[
        int, typer.Option(min=1, max=16, help="How many attempts are tried at the same time.")
    ] = 2,
) -> None:
    """Try the exercises' checks with right and wrong answers.

    Untouched must read "not attempted", the solution and each accepted variant "passed", and each
    wrong attempt must be refused with a message of its own. Exit code 0 if all do, else 1. Lessons
    that cannot run on this machine are left out unless they are named.
    """
    import os

    from app.lab.authoring.left_out import left_out
    from app.lab.authoring.project import this_project
    from app.lab.authoring.verify import shortfalls, verify_exercises

    os.environ.setdefault("COURSE_SHORT", "1")
    os.environ["COURSE_PROGRESS"] = "off"
    report = _print_json if as_json else _print_trial
    project = this_project()
    missing = {} if lessons else left_out(project.lessons)
    slugs = lessons or [one.slug for one in project.lessons if one not in missing]
    trials = verify_exercises(project, slugs, processes=processes, report=report)
    short = shortfalls(trials)
    if not as_json:
        for lesson, reason in missing.items():
            _print(f"{lesson.slug}: left out, because {reason}.")
        _print_summary(trials, short)
    if short or any(trial.problem for trial in trials):
        raise typer.Exit(1)


def _print_json(trial: "Trial") -> None:
    import json
    from dataclasses import asdict

    print(json.dumps(asdict(trial)), flush=True)


def _print_trial(trial: "Trial") -> None:
    mark = "[red]✗[/]" if trial.problem else "[green]✓[/]"
    _print(f"{mark} {trial.lesson}: {_plain(trial.name)} [dim]→[/] {trial.outcome}")
    if trial.expected in ("wrong", "error") or trial.problem:
        _print(f"    [dim]{_plain(trial.message)}[/]")
    if trial.problem:
        _print(f"    [red]{_plain(trial.problem)}[/]")


def _print_summary(trials: Sequence["Trial"], short: Sequence[tuple[str, str]]) -> None:
    for lesson, sentence in short:
        _print(f"[red]✗[/] {lesson}: {sentence}")
    failed = sum(bool(trial.problem) for trial in trials)
    exercises = len({trial.lesson for trial in trials})
    verdict = "all as they should be" if not failed else f"[red]{failed} not as they should be[/]"
    _print(f"Exercises: {exercises}. Attempts: {len(trials)}, {verdict}.")


def _print(markup: str) -> None:
    from rich.console import Console

    Console(soft_wrap=True, highlight=False).print(markup)


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
