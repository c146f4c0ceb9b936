"""Subcommands that run something: lab, serve, bench, ladder, slo."""

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
    command.command()(slo)


def lab(
    port: Port = 8888,
    browser: Annotated[bool, typer.Option(help="Open it in a browser.")] = True,
) -> None:
    """Start PostgreSQL, Redis and JupyterLab, at the first notebook of your copy of the course.

    The copy is made or brought up to date first, as by `course update`. If PORT is not free, the
    next free one is used. Ctrl-C stops everything.
    """
    from app.lab.machine.jupyter_lab import run

    run(port, browser=browser)


def serve(
    after: Annotated[
        str | None,
        typer.Option(
            metavar="LESSON", help="The shop as it is after that lesson; default: finished."
        ),
    ] = None,
    workers: Annotated[int, typer.Option(help="Processes.", min=1)] = 1,
    port: Port = 8000,
) -> None:
    """Serve the shop on a private copy of the database, until Ctrl-C.

    http://127.0.0.1:8000/docs lists its endpoints.
    """
    from app.lab.serving.standalone import serve as serve_shop

    serve_shop(after, workers=workers, port=port)


def bench(
    url: Annotated[str, typer.Argument(help="A URL on this machine, such as one of course serve.")],
    url2: Annotated[str | None, typer.Argument(help="A URL to compare with it.")] = None,
    connections: Annotated[int, typer.Option(help="Concurrent connections.", min=1)] = 32,
    duration: Annotated[float, typer.Option(help="Seconds.", min=0.1)] = 10.0,
    rate: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER|auto",
            help="Requests per second, sent whether or not the server keeps up; auto: 60 % of the "
            "slower one's capacity. Default: as many as it can answer.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> None:
    """Measure one URL, or compare two in interleaved rounds."""
    import asyncio
    import json

    from app.lab.display.notebook import progress_bar
    from app.lab.load import Bench
    from app.lab.load import bench as measure
    from app.lab.machine.measuring_queue import measuring_turn

    async def in_turn() -> Bench:
        with progress_bar() as report:
            async with measuring_turn(report):
                return await measure(
                    [url, url2] if url2 else [url],
                    connections=connections,
                    duration=duration,
                    rate=given_rate,
                    on_progress=report,
                )

    given_rate = _rate(rate)
    result = asyncio.run(in_turn())
    print(json.dumps(result.to_json(), indent=2) if as_json else result)


def ladder(
    connections: Annotated[int, typer.Option(help="Concurrent connections.", min=1)] = 16,
    duration: Annotated[float, typer.Option(help="Seconds in total, for all rungs.", min=1)] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
) -> None:
    """Compare the shop as it is after each lesson, under the same load."""
    import asyncio
    import json

    from app.lab.display.notebook import progress_bar
    from app.lab.machine.measuring_queue import measuring_turn
    from app.lab.serving.ladder import Ladder
    from app.lab.serving.ladder import ladder as climb

    async def in_turn() -> Ladder:
        with progress_bar() as report:
            async with measuring_turn(report):
                return await climb(connections=connections, seconds=duration, on_progress=report)

    result = asyncio.run(in_turn())
    print(json.dumps(result.to_json(), indent=2) if as_json else result)


def slo(
    url: Annotated[str, typer.Argument(help="A shop on this machine, such as of course serve.")],
    rate: Annotated[float, typer.Option(help="Requests per second to answer.", min=1)] = 1_000,
    p50: Annotated[float, typer.Option(help="Milliseconds for half of the requests.")] = 50,
    p99: Annotated[float, typer.Option(help="Milliseconds for 99 % of them.")] = 200,
    errors: Annotated[float, typer.Option(help="Percentage that may fail.")] = 0.1,
    cpu: Annotated[float, typer.Option(help="Percentage of all cores.")] = 70,
    duration: Annotated[float, typer.Option(help="Seconds.", min=1)] = 30.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> None:
    """Judge a shop by its objectives, under the load of an ordinary day.

    The requests are sent at the given rate, whether or not the server keeps up. They write to the
    shop's database, too. Each objective is met, missed, or cannot be judged. Exit code 0 if all are
    met, else 1.
    """
    import asyncio
    import json

    from app.lab.display.notebook import progress_bar
    from app.lab.load.objectives import Objectives
    from app.lab.load.slo import ServiceLevels, check_objectives
    from app.lab.load.target import Target
    from app.lab.machine.measuring_queue import measuring_turn
    from app.lab.serving.log_in import log_in

    async def in_turn() -> ServiceLevels:
        token = await log_in(Target(url).url)
        with progress_bar() as report:
            async with measuring_turn(report):
                return await check_objectives(
                    url, token, objectives, seconds=duration, on_progress=report
                )

    objectives = Objectives(rate, p50, p99, errors, cpu)
    result = asyncio.run(in_turn())
    print(json.dumps(result.to_json(), indent=2) if as_json else result)
    if not result.met:
        raise typer.Exit(1)


def _rate(given: str | None) -> "Rate":
    if given is None:
        return None
    if given == "auto":
        return "auto"
    try:
        return float(given)
    except ValueError:
        raise typer.BadParameter(f"{given!r} is neither a number nor auto.") from None
