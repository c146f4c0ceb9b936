"""The shop on a port, for a terminal: ``course serve``."""

import os
import socket

from fastapi import FastAPI

from app.course.errors import CourseError
from app.course.shops import shop_after, stage_number
from app.shop.settings import Settings

AFTER = "COURSE_SERVE_AFTER"
"""Tells worker processes which lesson's shop to make; empty for the finished one."""


def serve(after: str | None, *, workers: int, port: int) -> None:
    """Blocks until the server ends. ``CourseError`` for an unknown lesson or a taken port."""
    import uvicorn

    from app.lab.services import connect

    try:
        if after:
            stage_number(after)
    except LookupError as error:
        raise CourseError(str(error.args[0])) from None
    _require_free(port)
    with connect("course serve") as client:
        lease = client.lease()
        os.environ |= {
            "DATABASE_URL": lease.database_url,
            "REDIS_URL": lease.redis_url or "",
            "REDIS_PREFIX": lease.redis_prefix,
            AFTER: after or "",
            "WORKERS": str(workers),
        }
        uvicorn.run(
            "app.lab.serving.standalone:shop" if workers > 1 else shop(),
            factory=workers > 1,
            workers=workers,
            host="127.0.0.1",
            port=port,
            access_log=False,
        )


def shop() -> FastAPI:
    """The shop that the environment describes."""
    settings = Settings()
    if not settings.redis_url:
        settings = settings.model_copy(update={"redis_url": None})
    return shop_after(os.environ.get(AFTER) or None, settings)


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CourseError(
                f"Port {port} cannot be had ({error.strerror}); choose another with --port."
            ) from None
