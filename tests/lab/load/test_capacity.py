"""A prediction contains what comes true, is wider the less is known, and says what is a guess."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from fastapi import APIRouter

from app.course.errors import CourseError
from app.course.overlay import Overlay
from app.course.shop import Shop
from app.lab.load import LoadProcess
from app.lab.load.capacity import Capacity
from app.lab.load.histogram import Histogram
from app.lab.load.measurement import Measurement
from app.lab.load.objectives import Estimate, mean_of
from app.lab.load.scalability import COHERENCY, CONTENTION, Scalability
from app.lab.load.server_side import ServerSide
from app.lab.load.window import Window
from app.lab.services import Client
from app.lab.serving.arm import Arm
from app.lab.serving.copies import Copies


def law(workers: int, contention: float, coherency: float, one: float = 1_000) -> float:
    return one * workers / (1 + contention * (workers - 1) + coherency * workers * (workers - 1))


def estimate(value: float) -> Estimate:
    return Estimate(value, 0.98 * value, 1.02 * value)


def predicted(measured: Mapping[int, float], workers: int) -> Estimate:
    found = Scalability({n: estimate(rps) for n, rps in measured.items()})
    return found.estimate(found.draws(workers))


def test_the_interval_contains_what_is_possible() -> None:
    """95 % of what may come true, or more, since the extremes of both are rare."""
    rng, inside = np.random.default_rng(3), 0
    for _ in range(200):
        contention, coherency = rng.uniform(0, CONTENTION), rng.uniform(0, COHERENCY)
        expected = predicted({1: 1_000}, 2)
        inside += expected.low <= law(2, contention, coherency) <= expected.high
    assert inside >= 0.93 * 200


def test_more_measurements_make_it_narrower() -> None:
    truth = {workers: law(workers, 0.05, 0.002) for workers in (1, 2, 4, 16)}
    widths = []
    for known in ((1,), (1, 2), (1, 2, 4)):
        expected = predicted({workers: truth[workers] for workers in known}, 16)
        assert expected.low < truth[16] < expected.high
        widths.append(expected.high / expected.low)
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.8 * widths[0]


def test_the_further_away_the_wider() -> None:
    expected = [predicted({1: 1_000}, workers) for workers in (2, 4, 8, 16, 32)]
    widths = [one.high / one.low for one in expected]
    assert widths == sorted(widths)
    assert widths[0] < 1.4
    assert widths[-1] > 4


def test_measurements_that_the_law_does_not_describe() -> None:
    """Then they are less certain than they look, and so is what follows from them."""
    fits, other = ({1: estimate(1_000), 2: estimate(rps)} for rps in (1_900, 900))
    widths = []
    for measured in (fits, other):
        law = Scalability(measured)
        expected = law.estimate(law.draws(2))
        widths.append(expected.high / expected.low)
        assert (law.excess > 2) is (measured is other)
    assert widths[1] > widths[0]
    assert "does not describe" in str(Capacity(other, 0.0, 0.0, 4).table())
    assert "does not describe" not in str(Capacity(fits, 0.0, 0.0, 4).table())


def measurement(rps: int, **changes: object) -> Measurement:
    window = Window(
        requests=rps,
        errors={},
        elapsed=1.0,
        latencies=Histogram(),
        wire_bytes=0,
        body_bytes=0,
        client_cpu=rps * 50e-6,
        opened=0,
        server=ServerSide(cpu=rps * 100e-6),
    )
    windows = [replace(window, requests=rps + more) for more in (-20, 0, 20, 10, -10)]
    windows = [replace(one, **changes) for one in windows]  # type: ignore[arg-type]
    return Measurement("http://127.0.0.1:1/", 8, tuple(windows))


def test_the_cores_are_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.lab.load.capacity.core_count", lambda: 4)
    capacity = Capacity.of({1: measurement(8_000)})
    assert capacity.predict(1) == capacity.measured[1]
    assert capacity.predict(2).high < 16_500
    eight = capacity.predict(8)
    assert eight.high <= 4 / 100e-6 * 1.01
    assert eight.low >= 0.6 * 4 / 100e-6
    assert capacity.predict(8, beside_generator=True).high <= 4 / 150e-6 * 1.01
    assert capacity.predict(8, hosts=2).high <= 8 / 100e-6 * 1.01
    rows = capacity.table((1, 16)).rows
    assert [row[:2] for row in rows] == [["1", "4"], ["16", "64"]]
    assert [row[-1] for row in rows] == ["", "a guess"]
    assert "16" in str(capacity.table((1, 16)))
    assert "<img" in capacity._repr_html_()


@pytest.mark.parametrize(
    ("measured", "message"),
    [
        ({2: measurement(8_000)}, "Measure one worker"),
        ({1: measurement(8_000, rate=100)}, "closed loop"),
        ({1: measurement(8_000, errors={"5xx": 1})}, "without errors"),
        ({1: replace(measurement(8_000), windows=measurement(8_000).windows[:1])}, "several"),
    ],
)
def test_what_says_nothing_is_refused(measured: dict[int, Measurement], message: str) -> None:
    with pytest.raises(CourseError, match=message):
        Capacity.of(measured)


blocking = APIRouter()


@blocking.get("/block")
async def block() -> str:
    time.sleep(0.005)  # noqa: ASYNC251 - a worker that is busy and needs no core for it
    return "done"


@pytest.mark.slow
async def test_one_worker_predicts_two(services: Client) -> None:
    """Each is busy without needing a core, so that there are enough of them on every machine. One
    alone and both are measured in turn, so that whatever else runs there slows either."""
    shop = Shop(overlay=Overlay(routers=(blocking,)), workers=2)
    alone, together = [], []
    with Arm(shop, Copies(services)) as arm:
        one, two = (f"{url}/api/block" for url in arm.host.urls)
        async with LoadProcess() as load, LoadProcess() as another:
            for _ in range(8):
                alone.append(await load.window(one, connections=4))
                both = load.window(one, connections=4), another.window(two, connections=4)
                together.append(sum(window.rps for window in await asyncio.gather(*both)))
    capacity = Capacity.of({1: Measurement(one, 4, tuple(alone))})
    expected, seen = capacity.predict(2, beside_generator=True), mean_of(together)
    assert expected.low < seen.high
    assert expected.high > seen.low
    assert expected.high / expected.low < 1.6
