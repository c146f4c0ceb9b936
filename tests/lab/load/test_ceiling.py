from app.lab.load import LoadProcess
from app.lab.load.ceiling import measure_ceiling
from tests.lab.load.servers import serving


async def test_the_null_server_is_faster_than_any_other() -> None:
    async with LoadProcess() as load, serving() as server:
        own = await measure_ceiling(load, connections=8, seconds=0.2)
        other = await load.window(server.url, connections=8, seconds=0.2)
    assert own > 1.5 * other.rps
