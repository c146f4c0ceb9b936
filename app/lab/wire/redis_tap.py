"""Counts the commands, round trips and bytes that the application exchanges with Redis.

A round trip is what it sends before it waits for a reply: one command, or all that are sent
together.
"""

import sys

from app.lab.wire import redis_client_tap, redis_pipeline_tap

_CLIENT = "redis.asyncio.connection"
_PIPELINE = "app.shop.cache.redis_pipeline"


def install() -> None:
    """Listen to redis-py and to the shop's pipelined connection. Idempotent.

    Nothing is done until the application has imported them, which takes a third of a second.
    """
    if _CLIENT in sys.modules:
        redis_client_tap.install()
    if _PIPELINE in sys.modules:
        redis_pipeline_tap.install()
