"""A compression middleware as it is often written, and with its first fault mended."""

import gzip
from typing import Any

from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response


class UsualCompression(BaseHTTPMiddleware):
    """Collects the body of a JSON response, compresses it, and makes a new response of it."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        if "json" not in response.headers.get("content-type", ""):
            return response
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return response
        body = await body_of(response)
        return self.compressed(response, gzip.compress(body))

    def compressed(self, response: Response, body: bytes) -> Response:
        own = {"Content-Encoding": "gzip", "Content-Length": str(len(body))}
        return Response(body, response.status_code, {**response.headers, **own})


async def body_of(response: Any) -> bytes:
    """The whole body of a response that is still to come."""
    return b"".join([chunk async for chunk in response.body_iterator])


class MendedCompression(UsualCompression):
    """The same with one ``Content-Length``."""

    def compressed(self, response: Response, body: bytes) -> Response:
        own = {"content-encoding": "gzip", "content-length": str(len(body))}
        return Response(body, response.status_code, {**response.headers, **own})
