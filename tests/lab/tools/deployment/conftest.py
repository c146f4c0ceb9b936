"""Deployments of a tiny application, by each manager."""

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.course.shop import Shop
from app.lab.tools.deployment.deployment import Deployment
from app.lab.tools.deployment.managers import MANAGERS, Manager
from app.shop.settings import Settings
from tests.lab.tools.deployment import tiny

SHOP = "app.lab.tools.deployment.application:create"
TINY = f"{tiny.__name__}:{tiny.create.__name__}"


def of_tiny(name: str) -> Manager:
    """The manager, for the tiny application."""
    manager = MANAGERS[name]
    target = tuple(part.replace(SHOP, TINY) for part in manager.target)
    assert target != manager.target
    return replace(manager, target=target)


def deployment(name: str, workers: int = 2, **options: Any) -> Deployment:
    """Of the tiny application, not started yet."""
    if name == "granian":
        options = {"respawn_interval": 0.5, **options}
    return Deployment(
        of_tiny(name), Shop(), Settings.given(workers=workers), workers=workers, options=options
    )


def all_end(processes: list[psutil.Process], seconds: float = 20.0) -> bool:
    limit = time.monotonic() + seconds
    while any(map(lives, processes)) and time.monotonic() < limit:
        time.sleep(0.02)
    return not any(map(lives, processes))


def lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def flag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Until this file exists, ``/block`` blocks."""
    path = tmp_path / "flag"
    monkeypatch.setenv(tiny.FLAG, str(path))
    return path


@pytest.fixture(autouse=True)
def _not_on_windows() -> None:
    if sys.platform == "win32":
        pytest.skip("there is no process manager for Windows")
