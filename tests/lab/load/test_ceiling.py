from app.lab.load import LoadProcess
from app.lab.load.ceiling import measure_ceiling, null_server
from benchmarks.tool.scripted_server import scripted_server


async def test_the_null_server_sends_bodies_of_the_requested_size() -> None:
    async with LoadProcess() as load:
        with null_server(20_000) as url:
            window = await load.window(f"{url}/", connections=2, seconds=0.1)
    assert window.errors == {}
    assert window.body_bytes == 20_000 * window.requests > 0


async def test_no_other_server_is_faster_than_the_null_server() -> None:
    own, other = 0.0, 0.0
    async with LoadProcess() as load, scripted_server() as server:
        for _ in range(5):  # the best of several: a single window may hit a busy moment
            own = max(own, await measure_ceiling(load, connections=8, seconds=0.1))
            other = max(other, (await load.window(server.url, connections=8, seconds=0.1)).rps)
    # On a quiet machine the generator limits both, so their rates are close.
    assert own > 0.8 * other
