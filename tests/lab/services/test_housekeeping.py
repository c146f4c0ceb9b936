"""Unused instances are removed."""

import os
from pathlib import Path

from filelock import FileLock

from app.lab.services import connect
from app.lab.services.housekeeping import UNUSED_DAYS, remove_unused
from app.lab.services.paths import Instance


def instance(home: Path, name: str, days: float) -> Instance:
    created = Instance(home / name, "")
    created.directory.mkdir()
    created.log.touch()
    last_used = created.log.stat().st_mtime - days * 86_400
    os.utime(created.log, (last_used, last_used))
    return created


def test_only_old_and_unlocked_instances_are_removed(tmp_path: Path) -> None:
    own, old, locked = (instance(tmp_path, name, UNUSED_DAYS + 1) for name in ("own", "old", "in"))
    recent = instance(tmp_path, "recent", UNUSED_DAYS - 1)
    other = tmp_path / "progress.json"
    other.touch()
    with FileLock(locked.lock):
        remove_unused(own)
    assert not old.directory.exists()
    assert all(instance.directory.exists() for instance in (own, locked, recent))
    assert other.exists()


def test_use_is_recorded(home: Path) -> None:
    (log,) = home.glob("*/supervisor.log")
    os.utime(log, (0, 0))
    with connect("user"):
        assert log.stat().st_mtime > 0
