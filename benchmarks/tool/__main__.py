"""``python -m benchmarks.tool [STUDY…]``: runs all or some studies and writes the report."""

import sys

from benchmarks.common.command import Benchmark, run
from benchmarks.tool.finding import FULL, Scale
from benchmarks.tool.report import REPORT
from benchmarks.tool.studies import (
    against_wrk,
    counters,
    faults,
    identical,
    in_a_kernel,
    omission,
    own_ceiling,
    slow_down,
    under_load,
)

STUDIES: dict[str, Benchmark[Scale]] = {
    "against_wrk": against_wrk.run,
    "own_ceiling": own_ceiling.run,
    "in_a_kernel": in_a_kernel.run,
    "identical": identical.run,
    "slow_down": slow_down.run,
    "omission": omission.run,
    "faults": faults.run,
    "counters": counters.run,
    "under_load": under_load.run,
}


def main() -> int:
    return run(
        STUDIES,
        FULL,
        REPORT,
        program="benchmarks.tool",
        description="Test the load generator.",
        kind="study",
    )


if __name__ == "__main__":
    sys.exit(main())
