"""Subcommands for learners: doctor, check, reset, progress."""

from pathlib import Path
from typing import Annotated

import typer


def add_to(command: typer.Typer) -> None:
    command.command()(doctor)
    command.command()(check)
    command.command()(reset)
    command.command()(progress)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
) -> None:
    """Say what the course lacks on this machine, and how to fix it.

    Looks at Python, packages, a kernel, ports, PostgreSQL, Redis and one live request. Each problem
    comes with its remedy. Exit code 0 if the course can run, else 1.
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
    notebooks: Annotated[
        list[Path], typer.Argument(help="Such as exercises/02_pooling.ipynb.", show_default=False)
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each notebook, one a line.")
    ] = False,
    timeout: Annotated[float, typer.Option(help="Seconds that one cell may run.")] = 120.0,
) -> None:
    """Run exercise notebooks and say what their checks say.

    Exit code 0: passed, 1: wrong, 2: error, 3: not attempted; with several notebooks the highest
    of theirs. A file that is no notebook is an error. The files are not changed.
    """
    from app.course.errors import CourseError
    from app.lab.authoring.grade import exit_code, grade
    from app.lab.authoring.notebook import read_notebook

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


def _print_grade(found: object, as_json: bool) -> None:
    import json
    from dataclasses import asdict

    from app.lab.authoring.grade import Grade

    assert isinstance(found, Grade)
    if as_json:
        print(json.dumps(asdict(found)), flush=True)
        return
    advice = f" Hint: lab.hint({found.hint})" if found.hint else ""
    print(f"{found.notebook}: {found.outcome}. {found.message}{advice}", flush=True)


def reset(
    notebooks: Annotated[
        list[Path], typer.Argument(help="Such as exercises/02_pooling.ipynb.", show_default=False)
    ],
) -> None:
    """Put the cell to edit of exercise notebooks back as shipped.

    All other cells stay. The notebook as it was is kept beside it, such as
    02_pooling.before-reset.ipynb. An exercise whose file is gone or damaged comes back whole.
    """
    from app.lab.authoring.project import this_project
    from app.lab.guidance.reset import reset as reset_notebook

    for path in notebooks:
        done = reset_notebook(path, this_project())
        print(done)
        if done.changed:
            print("If it is open in JupyterLab: File, Reload Notebook from Disk.")


def progress(
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object by lesson.")] = False,
) -> None:
    """Show your own record: attempts, passes, hints used."""
    import json
    from dataclasses import asdict

    from app.lab.learner.progress import read, table

    if as_json:
        record = {lesson: asdict(entry) for lesson, entry in read().items()}
        print(json.dumps(record, indent=2))
    else:
        print(table().text())
