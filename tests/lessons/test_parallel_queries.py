"""What parallel queries change, counted: round trips that wait for each other, and connections."""

from app.course.shops import shop_after, shop_before
from app.lab.serving.exchange import Exchange, exchange, repeated
from app.lab.serving.server import Server
from app.shop.settings import Settings
from tests.shop.auth import bearer


async def dashboard_of(server: Server) -> Exchange:
    async def request() -> Exchange:
        return await exchange(server, "/api/dashboard", headers=bearer(1))

    await request()
    return await repeated(request)


async def test_four_round_trips_become_one_without_another_connection(
    settings_without_redis: Settings,
) -> None:
    with Server(shop_before("parallel_queries", settings_without_redis)) as server:
        before = await dashboard_of(server)
    with Server(shop_after("parallel_queries", settings_without_redis)) as server:
        after = await dashboard_of(server)
    assert (before.work.statements, before.longest_chain, before.peak_in_use) == (4, 4, 1)
    assert (after.work.statements, after.longest_chain, after.peak_in_use) == (1, 1, 1)
    assert before.answer == after.answer
