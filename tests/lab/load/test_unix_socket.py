import asyncio
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from app.lab.load import Target, compare
from benchmarks.tool.scripted_server import reply


@pytest.mark.skipif(sys.platform == "win32", reason="no Unix sockets")
async def test_a_unix_socket_is_compared_like_a_port() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.CancelledError):  # the test is over
            while await reader.read(10_000):
                writer.write(reply())
        writer.transport.abort()

    with TemporaryDirectory() as folder:  # pytest's own folders have names too long for a socket
        path = str(Path(folder) / "s")
        async with await asyncio.start_unix_server(talk, path):
            target = Target("http://localhost/", socket=path)
            found = await compare({"A": target, "B": target}, seconds=0.2, window=0.05)
    for measurement in found.measurements.values():
        assert measurement.requests > 0
        assert measurement.errors == {}
