"""No compression: every response is sent at its full size."""

from starlette.middleware import Middleware

from app.course.overlay import Overlay
from app.shop.edge import edge
from app.shop.edge.compression import Compression
from app.shop.settings import Settings


def uncompressed(settings: Settings) -> list[Middleware]:
    compression: object = Compression
    return [layer for layer in edge(settings) if layer.cls is not compression]


BEFORE = Overlay(middleware=uncompressed)
