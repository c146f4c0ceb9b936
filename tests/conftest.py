"""Fixtures shared by the tests of the lab and of the lessons."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from app.lab.session import Lab


@pytest.fixture
async def lab(monkeypatch: pytest.MonkeyPatch) -> "AsyncIterator[Lab]":
    """A notebook's session in short measuring mode, without a record of progress."""
    from app.lab.session import Lab

    monkeypatch.setenv("COURSE_PROGRESS", "off")
    monkeypatch.setenv("COURSE_SHORT", "1")
    lab = Lab()
    yield lab
    await lab.close()
