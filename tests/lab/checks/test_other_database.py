"""An engine that is not connected to the database of its server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import APIRouter, Request
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.course.errors import CourseError
from app.course.overlay import Overlay
from app.course.shop import Shop
from app.lab.checks.other_database import refuse_other_databases
from app.lab.services import Client
from app.lab.serving.arm import Arm
from app.lab.serving.copies import Copies
from app.lab.serving.exchange import exchange
from app.shop.settings import Settings


@asynccontextmanager
async def read_by(engine_for: AsyncEngine | None, services: Client) -> AsyncIterator[Arm]:
    """An arm whose endpoint has used that engine, or one of the application's database."""
    router = APIRouter()

    @router.get("/mine")
    async def read(request: Request) -> Any:
        engine = engine_for or create_async_engine(request.app.state.settings.database_url)
        try:
            async with engine.connect() as connection:
                return await connection.scalar(text("SELECT 1"))
        finally:
            await engine.dispose()

    with Arm(Shop(overlay=Overlay(routers=(router,))), Copies(services)) as arm:
        assert (await exchange(arm.host, "/api/mine")).answer == 1
        yield arm


async def test_an_engine_of_the_notebook_is_explained(services: Client, settings: Settings) -> None:
    async with read_by(create_async_engine(settings.database_url), services) as arm:
        with pytest.raises(CourseError, match="to another database"):
            refuse_other_databases(arm)


async def test_an_engine_of_its_own_is_fine(services: Client) -> None:
    async with read_by(None, services) as arm:
        refuse_other_databases(arm)
