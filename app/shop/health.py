"""What an orchestrator asks: is the process alive, can it serve?"""

from fastapi import APIRouter
from sqlalchemy import select

from app.shop.dependencies import ReadSession
from app.shop.errors import documented

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "ok"}


@router.get("/readyz", responses=documented(503))
async def readyz(session: ReadSession) -> dict[str, str]:
    """The database answers; 503 where it does not."""
    await session.execute(select(1))
    return {"status": "ok"}
