"""What the ladder's load writes is gone before the next turn."""

from collections.abc import Iterator

import httpx
import pytest

from app.lab.load.workload import workload
from app.lab.serving.log_in import log_in
from app.lab.serving.server import Server
from app.lab.serving.written import since_now
from app.shop import create_app
from app.shop.cache import NoCache
from app.shop.settings import Settings


async def sizes(client: httpx.AsyncClient) -> list[int]:
    """What grows with the workload: the newest order, the comments, the customer's statistics."""
    orders = (await client.get("/api/orders?limit=1")).json()
    post = (await client.get("/api/posts/1")).json()
    statistics = (await client.get("/api/dashboard")).json()["statistics"]
    return [orders[0]["id"], len(post["comments"]), statistics["orders"]]


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    with Server(create_app(settings, cache=NoCache())) as server:
        yield server


async def test_everything_that_the_workload_adds_is_taken_away(
    settings: Settings, server: Server
) -> None:
    token = await log_in(server.url)
    headers = {"authorization": f"Bearer {token}"}
    async with (
        httpx.AsyncClient(base_url=server.url, headers=headers) as client,
        since_now(settings.database_url) as written,
    ):
        whole = await sizes(client)
        for request in workload(token):
            if request.method == "POST":
                sent = dict(request.headers)
                answer = await client.post(request.path, content=request.body, headers=sent)
                assert answer.status_code == 201
        grown = await sizes(client)
        assert all(after > before for before, after in zip(whole, grown, strict=True))
        await written.take_away()
        assert await sizes(client) == whole
