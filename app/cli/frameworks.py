"""The subcommand that compares web frameworks."""

from typing import Annotated

import typer


def add_to(command: typer.Typer) -> None:
    command.command()(frameworks)


def frameworks(
    only: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]…", help="fastapi, flask, django, express, gin; default: all of them."
        ),
    ] = None,
    duration: Annotated[
        float, typer.Option(help="Seconds of load in total, not counting checks and starts.", min=1)
    ] = 100.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Save the figures for the README in docs/figures.")
    ] = False,
) -> None:
    """Compare five web frameworks at the same jobs.

    FastAPI, Flask, Django, Express and Gin have to give the same answers, which is checked first. A
    framework that cannot run here is left out, with a line on how to install it.
    """
    import asyncio
    import json
    import shutil

    from app.lab.authoring.project import this_project
    from app.lab.display.notebook import progress_bar
    from app.lab.machine.measuring_queue import measuring_turn
    from app.lab.tools.frameworks.comparisons import Comparisons
    from app.lab.tools.frameworks.document import save_figures
    from app.lab.tools.frameworks.measure import compare_frameworks

    async def in_turn() -> Comparisons:
        with progress_bar() as report:
            async with measuring_turn(report):
                return await compare_frameworks(
                    seconds=duration, only=only or (), on_progress=report
                )

    result = asyncio.run(in_turn())
    if keep:
        save_figures(this_project().root, result.to_json())
    if as_json:
        print(json.dumps(result.to_json(), indent=2))
    else:
        print(result.text(max(shutil.get_terminal_size().columns, 100)))
