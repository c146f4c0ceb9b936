"""``python -m benchmarks.shop [FIGURE…]``: measures all or some figures and writes the report."""

import sys

from benchmarks.common.command import Benchmark, run
from benchmarks.shop.figures import (
    at_rest,
    bulk,
    cached,
    export,
    export_memory,
    ladder,
    start_up,
    uncached,
)
from benchmarks.shop.report import REPORT
from benchmarks.shop.scale import FULL, Scale

FIGURES: dict[str, Benchmark[Scale]] = {
    "uncached": uncached.run,
    "cached": cached.run,
    "export": export.run,
    "export_memory": export_memory.run,
    "bulk": bulk.run,
    "at_rest": at_rest.run,
    "start_up": start_up.run,
    "ladder": ladder.run,
}


def main() -> int:
    return run(
        FIGURES,
        FULL,
        REPORT,
        program="benchmarks.shop",
        description="Measure the finished shop against the best possible.",
        kind="figure",
    )


if __name__ == "__main__":
    sys.exit(main())
