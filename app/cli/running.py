"""Subcommands that run something: lab, serve, bench, ladder."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from app.lab.load.offered import Rate

Port = Annotated[int, typer.Option(help="On 127.0.0.1.", min=1, max=65535)]


def add_to(command: typer.Typer) -> None:
    command.command()(lab)
    command.command()(serve)
    command.command()(bench)
    command.command()(ladder)


def lab(
    port: Port = 8888,
    browser: Annotated[bool, typer.Option(help="Open it in a browser.")] = True,
) -> None:
    """Start PostgreSQL, Redis and JupyterLab at the first notebook.

    The next free port is taken where PORT is not free. Ctrl-C ends everything.
    """
    from app.lab.machine.jupyter_lab import run

    run(port, browser=browser)


def serve(
    after: Annotated[
        str | None,
        typer.Option(metavar="LESSON", help="As it stands after that lesson; default: finished."),
    ] = None,
    workers: Annotated[int, typer.Option(help="Processes.", min=1)] = 1,
    port: Port = 8000,
) -> None:
    """Serve the shop on its own copy of the database, until Ctrl-C.

    http://127.0.0.1:8000/docs lists what it answers.
    """
    from app.lab.serving.standalone import serve as serve_shop

    serve_shop(after, workers=workers, port=port)


def bench(
    url: Annotated[str, typer.Argument(help="On this machine, such as one of course serve.")],
    url2: Annotated[str | None, typer.Argument(help="What to compare it with.")] = None,
    connections: Annotated[int, typer.Option(help="Kept busy at the same time.", min=1)] = 32,
    duration: Annotated[float, typer.Option(help="Seconds.", min=0.1)] = 10.0,
    rate: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER|auto",
            help="Requests per second, sent whether or not it keeps up; auto: 60 % of what the "
            "slower one can do. Default: as many as it takes.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> None:
    """Measure one URL, or compare two in interleaved rounds."""
    import asyncio
    import json

    from app.lab.display.notebook import progress_bar
    from app.lab.load import bench as measure

    with progress_bar() as report:
        result = asyncio.run(
            measure(
                [url, url2] if url2 else [url],
                connections=connections,
                duration=duration,
                rate=_rate(rate),
                on_progress=report,
            )
        )
    print(json.dumps(result.to_json(), indent=2) if as_json else result)


def ladder(
    connections: Annotated[int, typer.Option(help="Kept busy at the same time.", min=1)] = 16,
    duration: Annotated[float, typer.Option(help="Seconds, of all rungs together.", min=1)] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
) -> None:
    """Put the same load on the shop as it stands after each lesson."""
    import asyncio
    import json

    from app.lab.display.notebook import progress_bar
    from app.lab.serving.ladder import ladder as climb

    with progress_bar() as report:
        result = asyncio.run(climb(connections=connections, seconds=duration, on_progress=report))
    print(json.dumps(result.to_json(), indent=2) if as_json else result)


def _rate(given: str | None) -> "Rate":
    if given is None:
        return None
    if given == "auto":
        return "auto"
    try:
        return float(given)
    except ValueError:
        raise typer.BadParameter(f"{given!r} is neither a number nor auto.") from None
