"""Subcommands for learners: update, doctor, check, reset, progress, clean."""

from pathlib import Path
from typing import Annotated

import typer

Exercises = Annotated[
    list[Path],
    typer.Argument(
        metavar="EXERCISE...",
        help="A lesson, such as pooling, for its exercise in your copy of the course; or a path.",
        show_default=False,
    ),
]


def add_to(command: typer.Typer) -> None:
    command.command()(update)
    command.command()(doctor)
    command.command()(check)
    command.command()(reset)
    command.command()(progress)
    command.command()(clean)


def update() -> None:
    """Bring a new version of the course into your copy of it.

    `course lab` does the same before it starts. Your answers and the cells you added stay; what
    cannot be merged is kept in a copy, and named.
    """
    from app.lab.learner.work_copy.place import this_work_copy
    from app.lab.learner.work_copy.update import update as update_work_copy

    work = this_work_copy()
    existed = work.shipped.exists()
    lines = update_work_copy(work)
    print("\n".join(lines or [f"Nothing in {work.folder} needed an update."]))
    if lines and existed:
        print("If a notebook is open in JupyterLab: File, Reload Notebook from Disk.")


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
) -> None:
    """Check whether this machine has what the course needs, and how to fix what it lacks.

    Checks Python, packages, a kernel, ports, PostgreSQL, Redis and one live request. Each problem
    comes with a remedy. Exit code 0 if the course can run, otherwise 1.
    """
    import json
    from dataclasses import asdict

    from app.lab.machine.doctor import examine, report

    findings = examine()
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        print(report(findings).text())
    if any(finding.state == "problem" for finding in findings):
        raise typer.Exit(1)


def check(
    exercises: Exercises,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per notebook, one per line.")
    ] = False,
    timeout: Annotated[float, typer.Option(help="Seconds that one cell may run.")] = 120.0,
) -> None:
    """Run exercises and report the results of their checks.

    Exit code 0: passed, 1: wrong, 2: error, 3: not attempted; for several exercises, the highest of
    them. A file that is not a notebook is an error. The files are not changed.
    """
    from app.course.errors import CourseError
    from app.lab.authoring.grade import exit_code, grade
    from app.lab.authoring.notebook import read_notebook
    from app.lab.learner.work_copy.place import this_work_copy

    notebooks = [this_work_copy().find(given) for given in exercises]
    try:
        for path in notebooks:
            read_notebook(path)
    except CourseError as error:
        typer.echo(f"{error.title}: {error}", err=True)
        raise typer.Exit(2) from None
    grades = []
    for path in notebooks:
        grades.append(grade(path, timeout=timeout))
        _print_grade(grades[-1], as_json)
    raise typer.Exit(exit_code(grades))


def _print_grade(graded: object, as_json: bool) -> None:
    import json
    from dataclasses import asdict

    from app.lab.authoring.grade import Grade

    assert isinstance(graded, Grade)
    if as_json:
        print(json.dumps(asdict(graded)), flush=True)
        return
    advice = f" Hint: lab.hint({graded.hint})" if graded.hint else ""
    print(f"{graded.notebook}: {graded.outcome}. {graded.message}{advice}", flush=True)


def reset(exercises: Exercises) -> None:
    """Restore the cell to edit in exercises to its original state.

    Other cells are not changed. A copy of the notebook is kept next to it, such as
    02_pooling_exercise.before-reset.ipynb. An exercise whose file is missing or damaged is restored
    in full.
    """
    from app.lab.learner.reset import reset as reset_notebook
    from app.lab.learner.work_copy.place import this_work_copy

    work = this_work_copy()
    for given in exercises:
        done = reset_notebook(work.find(given), work.course)
        print(done)
        if done.changed:
            print("If it is open in JupyterLab: File, Reload Notebook from Disk.")


def progress(
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object by lesson.")] = False,
    reset: Annotated[
        str | None,
        typer.Option(
            metavar="LESSON", help="Forget that lesson's record, or with `all` the whole record."
        ),
    ] = None,
) -> None:
    """Show your progress: attempts, passes and hints used.

    What --reset removes is kept in a copy of the record beside it.
    """
    import json
    from dataclasses import asdict

    from app.lab.learner.progress import read, table

    if reset is not None:
        from app.lab.learner.reset_progress import reset_progress

        print(reset_progress(reset))
    elif as_json:
        record = {lesson: asdict(entry) for lesson, entry in read().items()}
        print(json.dumps(record, indent=2))
    else:
        print(table().text())


def clean(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what it would remove.")
    ] = False,
) -> None:
    """Remove the servers' data, which the next start creates anew.

    Lists what it removes, and how much. Your progress and your notebooks stay.
    """
    from app.lab.machine.clean import removable, remove, report

    found = removable()
    if not dry_run:
        remove(found)
    print(report(found, removed=not dry_run).text())
