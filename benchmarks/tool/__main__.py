"""``python -m benchmarks.tool [STUDY…]``: make the studies, all or some, and write the report."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any

from benchmarks.tool.finding import FULL, Finding, Scale
from benchmarks.tool.report import PATH, page
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

STUDIES: dict[str, Callable[[Scale], Coroutine[Any, Any, Finding]]] = {
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
    parser = argparse.ArgumentParser(prog="benchmarks.tool", description="Test the load generator.")
    parser.add_argument("studies", nargs="*", metavar="STUDY", help=f"of {', '.join(STUDIES)}")
    chosen = parser.parse_args().studies or list(STUDIES)
    if unknown := sorted(set(chosen) - set(STUDIES)):
        parser.error(f"There is no study {', '.join(unknown)}.")
    findings = {name: make(name) for name in STUDIES if name in chosen}
    earlier = PATH.read_text(encoding="utf-8") if PATH.exists() else ""
    PATH.write_text(page(findings, earlier), encoding="utf-8")
    print(f"Written to {PATH}.")
    return 0 if all(finding.met for finding in findings.values()) else 1


def make(name: str) -> Finding:
    """Make one study at full length, and tell what it found."""
    begin = monotonic()
    finding = asyncio.run(STUDIES[name](FULL))
    print(f"── {name} ({monotonic() - begin:.0f} s)\n{finding.claim}")
    print(f"{'Held' if finding.met else 'DID NOT HOLD'}. {finding.remark}\n\n{finding.seen}\n")
    sys.stdout.flush()
    return finding


if __name__ == "__main__":
    sys.exit(main())
