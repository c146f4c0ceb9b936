"""What may differ from one deployment to the next, read from the environment."""

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_KNOWN_SECRET = SecretStr("only for development; production refuses it")

_OTHER_KEYS = ("-----BEGIN", "---- BEGIN", "ssh-", "ecdsa-", '{"kty"')
"""How private and public keys begin. PyJWT refuses to sign with one, to foil a known attack."""


class Settings(BaseSettings):
    """The shop's knobs. Each is read from the environment variable of the same name.

    In production a secret that is missing is an error at once.
    """

    model_config = SettingsConfigDict(extra="ignore")

    environment: Literal["development", "production"] = "development"

    database_url: str = "postgresql+asyncpg://postgres@127.0.0.1:5432/shop"

    pool_size: PositiveInt = 10
    """Connections one worker keeps open."""

    pool_timeout: Annotated[float, Field(gt=0)] = 5.0
    """Seconds a request waits for a free connection before it fails."""

    workers: PositiveInt = 1
    """Processes that serve the shop. Workers times ``pool_size`` must fit into what the server
    allows; start-up refuses otherwise."""

    statement_timeout: PositiveFloat = 30.0
    """Seconds after which PostgreSQL gives a statement up."""

    redis_url: str | None = None
    """Without one the cache is kept in each worker's memory."""

    redis_prefix: str = ""

    secret_key: SecretStr = _KNOWN_SECRET
    """Signs the tokens. At least 32 bytes; all workers need the same one."""

    token_minutes: PositiveInt = 60
    """How long a token is valid."""

    cache_seconds: PositiveFloat = 60.0
    """How long an answer may be served from the cache unless a write drops it sooner."""

    max_body_bytes: PositiveInt = 8_000_000
    """Of a request. A larger one is refused unread."""

    max_requests: PositiveInt = 200
    """Requests one worker answers at a time. One more is told to come back later."""

    request_timeout: PositiveFloat = 30.0
    """Seconds until the first byte of an answer; then the request is given up."""

    profiling: bool = False
    """Whether a request may ask for its own profile with the header ``X-Profile``."""

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
