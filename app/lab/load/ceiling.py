"""How many requests per second the load generator can make on this machine right now."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.lab.load.process import LoadProcess, start_module, stop

SECONDS = 0.3


async def measure_ceiling(
    load: LoadProcess, connections: int, *, body_bytes: int = 22, seconds: float = SECONDS
) -> float:
    """Requests per second against a null server whose reply bodies have ``body_bytes`` bytes."""
    with null_server(body_bytes) as url:
        await load.window(f"{url}/", connections=connections, seconds=seconds / 3)
        return (await load.window(f"{url}/", connections=connections, seconds=seconds)).rps


@contextmanager
def null_server(body_bytes: int = 22) -> Iterator[str]:
    """Run a server that does as little as Python can, in a separate process.

    Args:
        body_bytes: Bytes of each response's body.

    Yields:
        Its URL, without a path.
    """
    server = start_module("app.lab.load.null_server", str(body_bytes))
    try:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
    finally:
        stop(server)
