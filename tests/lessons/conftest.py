"""Shops before and after a lesson, served for its tests."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from app.course.shops import shop_after, shop_before
from app.lab.serving.server import Server
from app.shop.settings import Settings
from tests.course.rungs import leased
from tests.lessons.costs import Pair, Pairs


@pytest.fixture(scope="session")
def shared() -> Iterator[Settings]:
    with leased() as settings:
        yield settings


def without_redis(settings: Settings) -> Settings:
    """The same settings without Redis, so that no shop reads what another one has cached."""
    return settings.model_copy(update={"redis_url": None})


@pytest.fixture
def settings_without_redis(shared: Settings) -> Settings:
    """Settings without Redis."""
    return without_redis(shared)


@pytest.fixture
def settings_with_redis(shared: Settings) -> Settings:
    if shared.redis_url is None:
        pytest.skip("There is no Redis on this machine.")
    return shared


@pytest.fixture(scope="module")
def pair_of(shared: Settings) -> Iterator[Pairs]:
    settings = without_redis(shared)
    with ExitStack() as stack:

        @cache
        def serve(slug: str) -> Pair:
            before = Server(shop_before(slug, settings))
            after = Server(shop_after(slug, settings))
            return stack.enter_context(before), stack.enter_context(after)

        yield serve
