"""How many requests per second the load generator itself can make on this machine, today."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.lab.load.process import LoadProcess, start_module, stop

SECONDS = 0.3
_known: dict[int, float] = {}


async def ceiling(load: LoadProcess, connections: int) -> float:
    """Requests per second against the null server. Measured once per process and connections."""
    if connections not in _known:
        _known[connections] = await measure_ceiling(load, connections)
    return _known[connections]


async def measure_ceiling(load: LoadProcess, connections: int, seconds: float = SECONDS) -> float:
    with null_server() as url:
        await load.window(f"{url}/", connections=connections, seconds=seconds / 3)
        return (await load.window(f"{url}/", connections=connections, seconds=seconds)).rps


@contextmanager
def null_server() -> Iterator[str]:
    """A server in a process of its own that does as little as Python can; yields its URL."""
    server = start_module("app.lab.load.null_server")
    try:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
    finally:
        stop(server)
