"""The load generator's process: reads window commands from stdin, writes results to stdout.

One JSON object per line. It exits at the end of stdin, so it never outlives its parent.
"""

import asyncio
import gc
import json
import os
import sys
import threading
import traceback
from time import process_time
from typing import Any

from app.lab.load.clocks import run_queue_time
from app.lab.load.closed_loop import ClosedLoop
from app.lab.load.histogram import Histogram
from app.lab.load.open_loop import OpenLoop
from app.lab.load.plan import Plan
from app.lab.load.pool import Pool


class Worker:
    def __init__(self) -> None:
        self._pools: dict[int, Pool] = {}

    async def window(self, command: dict[str, Any]) -> dict[str, Any]:
        """Run one window. ``{"unreachable": reason}`` if no connection could be opened."""
        pool = self._pool(command)
        opened, failures = await pool.fill(command["connections"])
        if not pool.connections:
            return {"unreachable": str(failures[0]) or type(failures[0]).__name__}
        rate = command["rate"]
        timeout = command["timeout"]
        driver = OpenLoop(pool, timeout, rate) if rate else ClosedLoop(pool, timeout)
        driver.tally.opened = opened
        driver.tally.errors["connect"] += len(failures)
        cpu, queue = process_time(), run_queue_time()
        await driver.run(command["seconds"])
        return report(driver, process_time() - cpu, run_queue_time() - queue)

    def _pool(self, command: dict[str, Any]) -> Pool:
        if "target" in command:
            self._pools[command["key"]] = Pool(Plan(command["target"]))
        return self._pools[command["key"]]


def report(driver: ClosedLoop | OpenLoop, cpu: float, queue: float) -> dict[str, Any]:
    """A finished window as JSON. Times in seconds."""
    tally = driver.tally
    result: dict[str, Any] = {
        "requests": len(tally.latencies),
        "errors": {kind: count for kind, count in tally.errors.items() if count},
        "elapsed": max(driver.end - driver.begin, 1e-9),
        "latencies": Histogram.of(tally.latencies).pairs(),
        "wire_bytes": tally.wire,
        "body_bytes": tally.body,
        "client_cpu": cpu,
        "client_queue": queue,
        "opened": tally.opened,
        "gone": driver.gone,
    }
    if isinstance(driver, OpenLoop):
        # Replies may arrive after the deadline, but the requests were spread over the full window.
        result |= {
            "elapsed": max(result["elapsed"], driver.total * driver.interval),
            "lateness": Histogram.of(driver.lateness).pairs(),
            "backlog_peak": driver.backlog_peak,
            "backlog_at_end": driver.backlog_at_deadline,
            "overloaded": driver.overloaded,
        }
    return result


def read_commands(loop: asyncio.AbstractEventLoop, commands: "asyncio.Queue[bytes]") -> None:
    """Runs in a thread, which works with pipes on every system. Exits at the end of stdin."""
    for line in sys.stdin.buffer:
        loop.call_soon_threadsafe(commands.put_nowait, line)
    os._exit(0)


def crash(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Exit, lest a bug in a callback look like a slow server."""
    print(context.get("message"), file=sys.stderr)
    if error := context.get("exception"):
        traceback.print_exception(error)
    sys.stderr.flush()
    os._exit(70)


async def serve() -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(crash)
    commands: asyncio.Queue[bytes] = asyncio.Queue()
    threading.Thread(target=read_commands, args=(loop, commands), daemon=True).start()
    worker = Worker()
    while True:
        result = await worker.window(json.loads(await commands.get()))
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()
        gc.collect()


def main() -> None:
    # Garbage is collected between windows, not during them.
    gc.disable()
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(serve())


def loop_factory() -> Any:
    """uvloop's, if it is installed: it takes two thirds of the CPU time."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


if __name__ == "__main__":
    main()
