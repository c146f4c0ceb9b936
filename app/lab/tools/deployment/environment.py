"""Settings as the environment variables that a deployment reads them from."""

import base64
from typing import Any

from pydantic import SecretStr

from app.course.overlay import Overlay
from app.course.shop import Shop
from app.lab.serving.pickled import pickled
from app.lab.tools.deployment.application import RECIPE
from app.shop.settings import Settings


def variables(shop: Shop, settings: Settings) -> dict[str, str]:
    """Raises ``TypeError`` or another error of ``pickled`` for a shop that cannot be sent."""
    fields = {name: getattr(settings, name) for name in Settings.model_fields}
    given = {name.upper(): _text(value) for name, value in fields.items() if value is not None}
    if shop.overlay == Overlay() and shop.flaws == Overlay():
        return given
    return {**given, RECIPE: base64.b64encode(pickled(shop)).decode()}


def _text(value: Any) -> str:
    return str(value.get_secret_value() if isinstance(value, SecretStr) else value)
