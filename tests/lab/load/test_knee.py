"""Where the latency bends: at rising shares of a capacity that is measured first."""

import pytest

from app.lab.load import Target
from app.lab.load.ceiling import null_server
from app.lab.load.knee import find_knee


async def test_each_share_of_the_capacity_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_SHORT", "1")
    with null_server() as url:
        knee = await find_knee(Target(f"{url}/"), shares=(0.1, 0.02))
    assert [one.rate for one in knee.steps] == [0.02 * knee.capacity, 0.1 * knee.capacity]
    assert knee.closed.rate is None
    assert [row[0] for row in knee.table().rows] == ["2%", "10%"]
    assert "capacity" in str(knee)
    assert "<img" in knee._repr_html_()
