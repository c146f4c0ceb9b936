"""Settings of a deployment, read from environment variables."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_KNOWN_SECRET = SecretStr("only for development; production refuses it")

_OTHER_KEYS = ("-----BEGIN", "---- BEGIN", "ssh-", "ecdsa-", '{"kty"')
"""Prefixes of asymmetric keys. PyJWT rejects them as HMAC secrets, against a known attack."""


class Settings(BaseSettings):
    """The shop's settings, each read from the environment variable of the same name.

    In production, a missing secret is a validation error.
    """

    model_config = SettingsConfigDict(extra="ignore")

    environment: Literal["development", "production"] = "development"

    database_url: str = "postgresql+asyncpg://postgres@127.0.0.1:5432/shop"

    application_name: str = "shop"
    """What the connections are called in ``pg_stat_activity``."""

    pool_size: PositiveInt = 10
    """Maximum number of connections of one worker."""

    pool_timeout: Annotated[float, Field(gt=0)] = 5.0
    """Seconds a request waits for a free connection before it fails."""

    workers: PositiveInt = 1
    """Number of worker processes. ``workers`` times ``pool_size`` must not exceed the number of
    connections the server accepts; otherwise start-up fails."""

    statement_timeout: PositiveFloat = 30.0
    """Seconds after which PostgreSQL cancels a statement."""

    redis_url: str | None = None
    """Without a URL, each worker caches in its own memory."""

    redis_prefix: str = ""

    secret_key: SecretStr = _KNOWN_SECRET
    """Signs the tokens: at least 32 characters, the same for all workers."""

    token_minutes: PositiveInt = 60
    """Lifetime of a token, in minutes."""

    cache_seconds: PositiveFloat = 60.0
    """Maximum time to live of a cache entry, in seconds; a write may invalidate it earlier."""

    max_body_bytes: PositiveInt = 8_000_000
    """Maximum size of a request body. A larger one is rejected with 413."""

    max_requests: PositiveInt = 200
    """Maximum number of concurrent requests of one worker. Further ones are rejected with 503."""

    request_timeout: PositiveFloat = 30.0
    """Seconds until a response must have started; then the request is cancelled."""

    profiling: bool = False
    """Whether to profile requests that have the header ``X-Profile``."""

    @classmethod
    def given(cls, **values: Any) -> Self:
        """Settings with these values and otherwise the defaults, whatever the environment says."""
        defaults = {name: field.default for name, field in cls.model_fields.items()}
        return cls(**{**defaults, **values})

    @model_validator(mode="after")
    def _secrets_are_set(self) -> Self:
        secret = self.secret_key.get_secret_value()
        if len(secret) < 32:
            raise ValueError("SECRET_KEY must have at least 32 characters.")
        if secret.startswith(_OTHER_KEYS):
            raise ValueError("SECRET_KEY is any random text, not a key for something else.")
        if self.environment == "production" and self.secret_key == _KNOWN_SECRET:
            raise ValueError("SECRET_KEY must be set in production.")
        return self
