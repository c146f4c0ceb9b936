"""Liveness and readiness probes."""

from fastapi import APIRouter
from sqlalchemy import select

from app.shop.dependencies import ReadSession
from app.shop.errors import documented

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Liveness: the process responds."""
    return {"status": "ok"}


@router.get("/readyz", responses=documented(503))
async def readyz(session: ReadSession) -> dict[str, str]:
    """Readiness: the database responds; 503 if it does not."""
    await session.execute(select(1))
    return {"status": "ok"}
