"""The objects that one request makes each of several applications build."""

from collections.abc import Mapping

from app.course.objects import Objects
from app.lab.load import Request
from app.lab.serving.arm import Arm
from app.lab.serving.exchange import exchange
from app.lab.wire.middleware import OBJECTS


async def objects_of(request: Request, arms: Mapping[str, Arm]) -> dict[str, Objects]:
    """By name of the arm, for the second of two equal requests; without those that are unknown."""
    found = {name: await _objects(request, arm) for name, arm in arms.items()}
    return {name: objects for name, objects in found.items() if objects is not None}


async def _objects(request: Request, arm: Arm) -> Objects | None:
    async def send() -> Objects | None:
        seen = await exchange(
            arm.host,
            request.path,
            method=request.method,
            body=request.body or None,
            headers=dict(request.headers),
            instruments=[OBJECTS],
        )
        return seen.objects

    await send()
    return await send()
