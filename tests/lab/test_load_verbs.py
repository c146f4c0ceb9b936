"""The verbs that judge a shop under load: both sides agree, and nothing is left behind."""

from pathlib import Path

import psutil
import pytest
from fastapi import APIRouter, FastAPI

from app.course.errors import CourseError
from app.lab.session import Lab
from app.lab.tools.locust.processes import locusts
from app.lessons.load_testing.files import LOCUSTFILE
from tests.lab.load.test_process import ends

pytestmark = pytest.mark.slow

FILE = """
from locust import FastHttpUser, constant, task


class Client(FastHttpUser):
    wait_time = constant(0.02)

    @task
    def first(self):
        self.client.get("/api/products/1")

    @task
    def second(self):
        self.client.get("/api/products/2", headers={"Authorization": "Bearer nonsense"})
"""


async def test_locust_against_the_shop(lab: Lab, tmp_path: Path) -> None:
    await lab.start("load_testing")
    report = tmp_path / "report.html"
    run = await lab.locust(FILE, users=2, seconds=0.5, report=report)
    assert run.requests == len(run.seen) == run.work.requests > 4
    assert (run.failures, run.exit_code) == (0, 0)
    assert run.seen.products.distinct == 2
    # Each is read once and then cached, whoever comes first.
    assert sum(one.statements for one in run.seen.requests) == run.work.statements == 2
    assert run.seen.hit_rate == 1 - 2 / run.requests
    assert {one.token for one in run.seen.requests} == {None, "nonsense"}
    assert run.percentile(0.5) <= run.percentile(0.99)
    assert "GET /api/products/1" in str(run)
    assert "Exit code 0" in run._repr_html_()
    assert report.name in run._repr_html_()
    assert report.exists()
    assert lab.last is run


async def test_locust_against_something_that_fails(lab: Lab) -> None:
    await lab.start("load_testing")
    broken = APIRouter()

    @broken.get("/products/{number:int}")
    async def fail(number: int) -> None:
        raise ZeroDivisionError(number)

    run = await lab.locust(FILE, broken, users=1, seconds=0.3)
    assert run.failures == run.requests > 0
    assert run.exit_code == 1
    assert any("500" in problem for problem in run.problems())
    assert "<li>" in run._repr_html_()
    with pytest.raises(CourseError, match="users must be above 0"):
        await lab.locust(FILE, users=0)


async def test_the_page_ends_with_the_lab(lab: Lab) -> None:
    await lab.start("load_testing")
    page = await lab.locust_page(LOCUSTFILE)
    started = psutil.Process(locusts().pid).children(recursive=True)
    assert started
    assert page.url in repr(page)
    await lab.close()
    assert all(ends(process) for process in started)


async def test_objectives_and_the_knee(lab: Lab) -> None:
    await lab.start("load_testing")
    levels = await lab.slo(rate=50)
    assert [one.name for one in levels.judged] == ["P50", "P99", "Throughput", "Errors", "CPU"]
    assert levels.exit_code == (0 if levels.met else 1)
    assert f"Exit code {levels.exit_code}" in levels._repr_html_()
    with pytest.raises(CourseError, match="Only a shop or a router"):
        await lab.slo(FastAPI())
    knee = await lab.knee("/api/products/1")
    assert knee.capacity > 0
    assert len(knee.steps) == 3  # in the short mode


async def test_a_file_is_shown(lab: Lab) -> None:
    shown = lab.source(LOCUSTFILE)
    assert "app/lessons/load_testing/locustfile.py" in shown.title
    assert "class Visitor(FastHttpUser)" in shown.text
