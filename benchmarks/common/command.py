"""The command line of a set of benchmarks: make all or some of them, and write their report."""

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
    """Make those of the ``benchmarks`` that the command line names, at this ``scale``. Returns 0
    where every claim held, 1 otherwise, 2 where the servers that it takes cannot be had. ``kind``
    is what one of them is called."""
    parser = argparse.ArgumentParser(prog=program, description=description)
    parser.add_argument(
        "names", nargs="*", metavar=kind.upper(), help=f"of {', '.join(benchmarks)}"
    )
    chosen = parser.parse_args().names or list(benchmarks)
    if unknown := sorted(set(chosen) - set(benchmarks)):
        parser.error(f"There is no {kind} {', '.join(unknown)}.")
    held = True
    for name in benchmarks:
        if name in chosen:
            try:
                finding = make(name, benchmarks[name], scale)
            except CourseError as error:
                print(error, file=sys.stderr)
                return 2
            report.write({name: finding})  # at once: the next ones take minutes
            held = held and finding.met
    print(f"Written to {report.path}.")
    return 0 if held else 1


def make(name: str, benchmark: Benchmark[Scale], scale: Scale) -> Finding:
    """Make one of them, and tell what it found."""
    begin = monotonic()
    finding = asyncio.run(benchmark(scale))
    print(f"── {name} ({monotonic() - begin:.0f} s)\n{finding.claim}")
    print(f"{'Held' if finding.met else 'DID NOT HOLD'}. {finding.remark}\n\n{finding.seen}\n")
    sys.stdout.flush()
    return finding
