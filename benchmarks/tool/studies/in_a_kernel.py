"""Does a server lose anything to being in a thread of a notebook's kernel?"""

import json
from subprocess import DEVNULL
from typing import Any

from jupyter_client.manager import AsyncKernelManager

from benchmarks.tool.finding import Finding, Scale, table
from benchmarks.tool.served import served

LEAST = 0.95
SAME, PLAIN = "the same server", "plain uvicorn, no counters"
PATHS = {"/small": "small JSON", "/objects": "2,000 objects in cycles"}

_CELL = """
import json
from app.lab.serving.observer import Inside
from app.lab.load import compare
from app.lab.serving.server import Server
from benchmarks.tool.apps import plain

_held = [[number] for number in range(500_000)]
_server = Server(plain())
_urls = {{{same!r}: {same_url!r}, {plain!r}: {plain_url!r}, "kernel": _server.url}}
_found = await compare(
    {{name: url + {path!r} for name, url in _urls.items()}},
    connections=32, seconds={seconds}, width=0.03, observers={{"kernel": Inside(_server)}},
)
_server.stop()
print("FOUND" + json.dumps(_found.to_json()))
"""


async def run(scale: Scale) -> Finding:
    """The same application in a kernel that waits for the measurement, as a cell does, and in a
    process of its own; all live, in one comparison made by that kernel."""
    found = {path: await compare_in_kernel(scale.seconds, path) for path in PATHS}
    rows = [row for path in PATHS for row in _rows(PATHS[path], found[path])]
    return Finding(
        claim=f"A server in a kernel answers at least {LEAST} times as many requests as in a "
        "process of its own.",
        met=all(one["ratios"]["kernel"]["ratio"] >= LEAST for one in found.values()),
        seen=table(["answer", "where", "requests/s", "times the first", "95 % interval"], *rows),
        remark="32 connections, a real ipykernel that holds half a million objects, as after an "
        "hour's work. Plain uvicorn shows the price of the work counters.",
    )


def _rows(answer: str, found: dict[str, Any]) -> list[list[str]]:
    arms, ratios = found["arms"], found["ratios"]
    return [
        [answer, f"own process, {SAME}", _rps(arms[SAME]), "1", ""],
        *(
            [answer, where, _rps(arms[arm]), f"{ratios[arm]['ratio']:.3f}", _ends(ratios[arm])]
            for arm, where in ((PLAIN, f"own process, {PLAIN}"), ("kernel", "kernel"))
        ),
    ]


async def compare_in_kernel(seconds: float, path: str = "/small") -> dict[str, Any]:
    """The comparison as plain data."""
    with served("plain", counting=True) as same_url, served("plain") as plain_url:
        code = _CELL.format(
            same=SAME,
            plain=PLAIN,
            same_url=same_url,
            plain_url=plain_url,
            path=path,
            seconds=seconds,
        )
        found: dict[str, Any] = json.loads(await run_in_kernel(code, seconds + 60))
    return found


def _rps(arm: dict[str, Any]) -> str:
    return f"{arm['rps']:,.0f}"


def _ends(ratio: dict[str, float]) -> str:
    return f"{ratio['ci_low']:.3f} to {ratio['ci_high']:.3f}"


async def run_in_kernel(code: str, seconds: float) -> str:
    """What the cell printed after ``FOUND``. ``RuntimeError`` with what it said otherwise."""
    manager = AsyncKernelManager()
    await manager.start_kernel(stderr=DEVNULL)
    client = manager.client()
    client.start_channels()
    said: list[str] = []

    def listen(message: dict[str, Any]) -> None:
        content = message["content"]
        said.append(content.get("text") or "\n".join(content.get("traceback", ())))

    try:
        await client.wait_for_ready(timeout=60)
        await client.execute_interactive(code, timeout=seconds, output_hook=listen)
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
    text = "".join(said)
    if "FOUND" not in text:
        raise RuntimeError(text)
    return text.partition("FOUND")[2]
