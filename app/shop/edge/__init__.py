"""The middleware around the application."""

from starlette.middleware import Middleware

from app.shop.edge.admission import Admission
from app.shop.edge.compression import Compression
from app.shop.edge.conditional import Conditional
from app.shop.edge.limits import Limits
from app.shop.edge.profiling import Profiling
from app.shop.edge.timeouts import Timeouts
from app.shop.settings import Settings


def edge(settings: Settings) -> list[Middleware]:
    """The shop's middleware, outermost first.

    Layers that reject requests come first, so that rejections are cheap. The ``ETag`` is computed
    from the uncompressed response, so ``Conditional`` is inside ``Compression``.
    """
    layers = [
        Middleware(Admission, limit=settings.max_requests),
        Middleware(Limits, max_body_bytes=settings.max_body_bytes),
        Middleware(Timeouts, seconds=settings.request_timeout),
        Middleware(Compression),
        Middleware(Conditional),
    ]
    if settings.profiling:
        layers.insert(0, Middleware(Profiling))
    return layers
