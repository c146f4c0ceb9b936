"""The shop after each lesson."""

from collections.abc import Iterator

import pytest

from app.course.catalogue import stages
from app.course.overlay import Overlay, overlay_of
from app.course.shops import stage_number
from app.lab.serving.exchange import exchange
from app.lab.serving.log_in import log_in
from app.lab.serving.server import Server
from app.shop.settings import Settings
from tests.course.rungs import SHOPS, leased, shop

CHANGING = [slug for slug in stages() if overlay_of(slug) != Overlay()]


@pytest.fixture(scope="module")
def shared() -> Iterator[Settings]:
    with leased() as settings:
        yield settings


def without_redis(settings: Settings) -> Settings:
    """The same settings without Redis, so that no shop reads what another one has cached."""
    return settings.model_copy(update={"redis_url": None})


@pytest.fixture
def settings(shared: Settings) -> Settings:
    return without_redis(shared)


def test_every_lesson_that_changes_the_shop_is_a_rung() -> None:
    assert ("start_here", *CHANGING, "finished") == SHOPS
    with pytest.raises(LookupError, match="The lessons are: start_here, measuring"):
        stage_number("no_such_lesson")


@pytest.mark.parametrize("after", SHOPS)
def test_every_shop_has_the_same_openapi_document(after: str, settings: Settings) -> None:
    """FastAPI does not warn of a duplicate operation, either."""
    assert shop(after, settings).openapi() == shop("finished", settings).openapi()


async def test_the_test_account_can_log_in(settings: Settings) -> None:
    with Server(shop("finished", settings)) as server:
        token = await log_in(server.url)
        me = await exchange(server, "/api/me", token=token)
    assert me.answer["email"] == "test@example.com"
