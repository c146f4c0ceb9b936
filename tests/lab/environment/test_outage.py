"""PostgreSQL that is killed during a comparison is an error in a sentence, and nothing else."""

import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL"),
]

KILLED = """
import asyncio, logging, signal
import psutil
from fastapi import APIRouter
from sqlalchemy import text
from app.lab import lab
from app.lab.services import supervisor_status
from app.shop.dependencies import ReadSession

router = APIRouter()

@router.get("/things")
async def things(session: ReadSession) -> int:
    return (await session.execute(text("SELECT count(*) FROM things"))).scalar()

async def main():
    await lab.start("pooling")
    arms = {"one": lab.shop(router), "other": lab.shop(router, after="capstone")}
    comparing = asyncio.create_task(lab.compare("/api/things", arms, seconds=20, width=0.001))
    await asyncio.sleep(3)
    supervisor = psutil.Process(supervisor_status()["pid"])
    for server in [one for one in supervisor.children() if "postgres" in one.name()]:
        for process in [server, *server.children(recursive=True)]:
            process.send_signal(signal.SIGKILL)
    logging.getLogger("sqlalchemy.pool.impl.NullPool").error("Exception closing connection")
    try:
        print(await comparing)
    except Exception as error:
        print(type(error).__name__, error)
    lab.serve(router)
    print((await lab.get("/api/things")).status)
    await lab.start("pooling")
    lab.serve(router)
    print((await lab.get("/api/things")).answer)
    await lab.close()

asyncio.run(main())
"""


@pytest.mark.usefixtures("home")
def test_no_tracebacks_surround_it() -> None:
    completed = subprocess.run(
        [sys.executable, "-c", KILLED], capture_output=True, text=True, check=False
    )
    *found, status, answer = completed.stdout.splitlines()
    assert (status, answer) == ("503", "3"), completed.stdout + completed.stderr
    assert found
    assert completed.stderr == ""
