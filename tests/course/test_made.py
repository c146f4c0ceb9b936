"""Calls of a learner's function that creates a part of the shop, and errors for its result."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from app.course.kinds.made import maker
from app.shop.database import Database
from app.shop.settings import Settings

SETTINGS = Settings(database_url="postgresql+asyncpg://somebody@/copy_of_the_arm")


def database(url: str, **options: Any) -> Database:
    return Database(create_async_engine(url, **options))


def test_a_valid_part_is_returned() -> None:
    assert maker(lambda settings: database(settings.database_url), Database)(SETTINGS)
    assert maker(lambda _: database("postgresql+asyncpg://", async_creator=id), Database)(SETTINGS)


def test_an_engine_of_another_database_is_explained() -> None:
    created_once = database("postgresql+asyncpg://somebody@/copy_of_the_notebook")
    with pytest.raises(ValueError, match="create the engine inside your function"):
        maker(lambda _: created_once, Database)(SETTINGS)


def test_an_async_function_is_explained() -> None:
    async def open_database(settings: Settings) -> Database:
        return database(settings.database_url)

    with pytest.raises(TypeError, match="your function is `async def`"):
        maker(open_database, Database)(SETTINGS)
