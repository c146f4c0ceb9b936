"""No pool: every session opens a connection, and every read runs in a transaction."""

from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.course.overlay import Overlay
from app.shop.database import Database
from app.shop.settings import Settings


def open_database(settings: Settings) -> Database:
    engine = create_async_engine(settings.database_url, poolclass=NullPool)
    return Database(engine, read_engine=engine)


BEFORE = Overlay(database=open_database)
