"""A client that is imported only after the server has started is counted all the same."""

import subprocess
import sys

SCRIPT = """
import asyncio, sys
from app.lab.serving.exchange import exchange
from app.lab.serving.server import Server
from fastapi import FastAPI

app = FastAPI()

@app.get("/")
async def handler():
    from redis.asyncio import Redis
    client = Redis.from_url(sys.argv[1])
    await client.ping()
    await client.aclose()

server = Server(app)
assert "redis" not in sys.modules
asyncio.run(exchange(server, "/"))
print(asyncio.run(exchange(server, "/")).work.redis_commands)
server.stop()
"""


def test_a_client_imported_late_is_counted(redis_url: str) -> None:
    command = [sys.executable, "-c", SCRIPT, redis_url]
    seen = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert int(seen.stdout) >= 1
