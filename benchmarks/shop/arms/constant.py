"""FastAPI with its defaults, returning constant bytes."""

import os

from fastapi import FastAPI, Response

BODY = "BENCHMARK_BODY"
"""The environment variable that contains the bytes."""


def plain() -> FastAPI:
    body = os.environ[BODY].encode()
    app = FastAPI()

    @app.get("/api/products/{product_id}")
    async def get_product(product_id: int) -> Response:  # noqa: ARG001
        return Response(body, media_type="application/json")

    return app
