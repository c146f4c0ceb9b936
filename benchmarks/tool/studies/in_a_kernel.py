"""Does a server lose speed by running in a thread of a notebook's kernel?"""

import json
from subprocess import DEVNULL
from typing import Any

from jupyter_client.manager import AsyncKernelManager

from benchmarks.common.app_server import app_server
from benchmarks.tool.apps import PLAIN_APP
from benchmarks.tool.finding import Finding, Scale, table

MIN_RATIO = 0.95
SAME, PLAIN = "the same server", "plain uvicorn, no counters"
PATHS = {"/small": "small JSON", "/objects": "2,000 objects in cycles"}

_CELL = """
import json
from app.lab.load import compare
from app.lab.serving.server import Server
from benchmarks.tool.apps import plain

_held = [[number] for number in range(500_000)]
_server = Server(plain())
_urls = {{{same!r}: {same_url!r}, {plain!r}: {plain_url!r}, "kernel": _server.url}}
_found = await compare(
    {{name: url + {path!r} for name, url in _urls.items()}},
    connections=32, seconds={seconds}, width=0.03, observers={{"kernel": _server.observer()}},
)
_server.stop()
print("FOUND" + json.dumps(_found.to_json()))
"""


async def run(scale: Scale) -> Finding:
    """The same application in a kernel that waits for the measurement, as a cell does, and in
    separate processes; all live, in one comparison that the kernel makes."""
    results = {path: await compare_in_kernel(scale.seconds, path) for path in PATHS}
    rows = [row for path in PATHS for row in _rows(PATHS[path], results[path])]
    return Finding(
        claim=f"A server in a kernel answers at least {MIN_RATIO} times as many requests as one in "
        "a separate process.",
        holds=all(result["ratios"]["kernel"]["ratio"] >= MIN_RATIO for result in results.values()),
        evidence=table(["answer", "where", "requests/s", "vs the first", "95 % interval"], *rows),
        remark="32 connections, a real ipykernel that holds half a million objects, as after an "
        "hour of work. Plain uvicorn shows the cost of the work counters.",
    )


def _rows(answer: str, result: dict[str, Any]) -> list[list[str]]:
    arms, ratios = result["arms"], result["ratios"]
    return [
        [answer, f"separate process, {SAME}", _rps(arms[SAME]), "1", ""],
        *(
            [answer, where, _rps(arms[arm]), f"{ratios[arm]['ratio']:.3f}", _interval(ratios[arm])]
            for arm, where in ((PLAIN, f"separate process, {PLAIN}"), ("kernel", "kernel"))
        ),
    ]


async def compare_in_kernel(seconds: float, path: str = "/small") -> dict[str, Any]:
    """The comparison as plain data."""
    with app_server(PLAIN_APP, counting=True) as same_url, app_server(PLAIN_APP) as plain_url:
        code = _CELL.format(
            same=SAME,
            plain=PLAIN,
            same_url=same_url,
            plain_url=plain_url,
            path=path,
            seconds=seconds,
        )
        result: dict[str, Any] = json.loads(await run_in_kernel(code, seconds + 60))
    return result


def _rps(arm: dict[str, Any]) -> str:
    return f"{arm['rps']:,.0f}"


def _interval(ratio: dict[str, float]) -> str:
    return f"{ratio['ci_low']:.3f} to {ratio['ci_high']:.3f}"


async def run_in_kernel(code: str, seconds: float) -> str:
    """The JSON object that the cell prints after ``FOUND``. Raises ``RuntimeError`` without it."""
    manager = AsyncKernelManager()
    await manager.start_kernel(stderr=DEVNULL)
    client = manager.client()
    client.start_channels()
    output: list[str] = []

    def collect(message: dict[str, Any]) -> None:
        content = message["content"]
        output.append(content.get("text") or "\n".join(content.get("traceback", ())))

    try:
        await client.wait_for_ready(timeout=60)
        await client.execute_interactive(code, timeout=seconds, output_hook=collect)
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
    text = "".join(output)
    # With the brace, because a traceback quotes the cell, which contains the word itself.
    _, found, result = text.partition("FOUND{")
    if not found:
        raise RuntimeError(text)
    return "{" + result
