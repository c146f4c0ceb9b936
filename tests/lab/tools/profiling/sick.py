"""A shop with an endpoint that computes, blocks and waits. As a program, it is profiled until it is
killed: ``python -m tests.lab.tools.profiling.sick``."""

import asyncio
import time

from fastapi import APIRouter

from app.course.overlay import Overlay
from app.course.shop import Shop
from app.lab.serving.workers import Workers
from app.lab.tools.profiling.profiling import profile_from_start, profile_running
from app.shop.settings import Settings

PATH = "/api/sick"
SETTINGS = Settings(database_url="postgresql+asyncpg://nobody@127.0.0.1:1/none")
"""The endpoint needs no database, and the shop connects to none until it does."""

router = APIRouter()


def computes() -> int:
    return sum(number * number for number in range(300_000))


def blocks() -> None:
    time.sleep(0.05)


@router.get("/sick")
async def sick() -> int:
    blocks()
    await asyncio.to_thread(time.sleep, 0.01)
    return computes()


SHOP = Shop(overlay=Overlay(routers=(router,)))


async def main() -> None:
    workers = Workers(SHOP, SETTINGS)
    await asyncio.gather(
        profile_running(workers, PATH, seconds=100, idle=False, inside=False),
        profile_from_start(SHOP, SETTINGS, PATH, seconds=100, idle=False),
    )


if __name__ == "__main__":
    asyncio.run(main())
