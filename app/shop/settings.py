"""What may differ from one deployment to the next, read from the environment."""

from typing import Annotated

from pydantic import Field, PositiveInt
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The shop's knobs. Each is read from the environment variable of the same name."""

    model_config = SettingsConfigDict(extra="ignore")

    database_url: str = "postgresql+asyncpg://postgres@127.0.0.1:5432/shop"
    redis_url: str | None = None
    redis_prefix: str = ""

    pool_size: PositiveInt = 10
    """Connections one worker keeps open. Workers times this must stay below ``max_connections``."""

    pool_timeout: Annotated[float, Field(gt=0)] = 5.0
    """Seconds a request waits for a free connection before it fails."""
