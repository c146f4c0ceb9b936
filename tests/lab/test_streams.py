"""The verbs of ``lab`` for long responses: a download, a reader, and PostgreSQL's activity."""

import pytest
from starlette.types import Receive, Scope, Send

from app.course.errors import CourseError
from app.lab.session import Lab

pytestmark = pytest.mark.slow

PATH = "/api/export/order-lines"


async def test_a_download_is_counted_in_a_process_of_its_own(lab: Lab) -> None:
    await lab.start("pooling")
    before = await lab.download(f"{PATH}?country=Germany")
    after = await lab.download(f"{PATH}?country=Germany", lab.shop(after="capstone"))
    assert before.complete
    assert after.complete
    assert before.lines == before.flow.peak == before.flow.rows_at_first_byte
    assert before.lines == after.lines == after.flow.lines > after.flow.peak
    # COPY takes no parameters, so the driver first has PostgreSQL quote the country: one row.
    assert after.flow.rows == after.lines + 1
    assert lab.last is after


async def test_a_reader_of_what_is_served(lab: Lab) -> None:
    await lab.start("pooling")
    lab.serve(lab.shop(after="capstone"))
    async with lab.reader(PATH) as reader:
        assert (await reader.read(100)).startswith(b'{"order_number"')
        assert reader.flow.rows > 0
        (backend,) = await lab.activity()
        assert backend.holds_snapshot
        assert "COPY" in backend.query


async def test_only_a_shop_can_be_downloaded_from(lab: Lab) -> None:
    async def application(_: Scope, __: Receive, ___: Send) -> None:
        raise AssertionError

    with pytest.raises(CourseError, match="No lesson runs yet"):
        await lab.download(PATH)
    await lab.start("pooling")
    with pytest.raises(CourseError, match="Only a shop or a router"):
        await lab.download(PATH, application)
