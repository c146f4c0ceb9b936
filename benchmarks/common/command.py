"""The command line of a suite of benchmarks: runs all or some of them and writes the report."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine, Mapping
from time import monotonic
from typing import Any, TypeVar

from app.course.errors import CourseError
from benchmarks.common.finding import Finding
from benchmarks.common.report import Report

Scale = TypeVar("Scale")
Benchmark = Callable[[Scale], Coroutine[Any, Any, Finding]]


def run(
    benchmarks: Mapping[str, Benchmark[Scale]],
    scale: Scale,
    report: Report,
    *,
    program: str,
    description: str,
    kind: str,
) -> int:
    """Run the ``benchmarks`` named on the command line, by default all, at this ``scale``. ``kind``
    is what one of them is called. Returns the exit status: 0 if every claim held, 1 if not, 2 if
    the servers are unavailable."""
    parser = argparse.ArgumentParser(prog=program, description=description)
    parser.add_argument(
        "names", nargs="*", metavar=kind.upper(), help=f"of {', '.join(benchmarks)}"
    )
    selected = parser.parse_args().names or list(benchmarks)
    if unknown := sorted(set(selected) - set(benchmarks)):
        parser.error(f"unknown {kind}: {', '.join(unknown)}")
    held = True
    for name in benchmarks:
        if name in selected:
            try:
                finding = run_one(name, benchmarks[name], scale)
            except CourseError as error:
                print(error, file=sys.stderr)
                return 2
            report.write({name: finding})  # immediately, because the next ones take minutes
            held = held and finding.holds
    print(f"Written to {report.path}.")
    return 0 if held else 1


def run_one(name: str, benchmark: Benchmark[Scale], scale: Scale) -> Finding:
    """Run one benchmark and print its finding."""
    begin = monotonic()
    finding = asyncio.run(benchmark(scale))
    print(f"── {name} ({monotonic() - begin:.0f} s)\n{finding.claim}")
    print(
        f"{'Held' if finding.holds else 'DID NOT HOLD'}. {finding.remark}\n\n{finding.evidence}\n"
    )
    sys.stdout.flush()
    return finding
