"""A note appears once for all arms that it concerns."""

from dataclasses import replace

from app.lab.load.histogram import Histogram
from app.lab.load.measurement import Measurement
from app.lab.load.notes import notes_on
from app.lab.load.server_side import ServerSide
from app.lab.load.window import Window


def arm(requests: int, **changes: object) -> Measurement:
    window = Window(requests, {}, 1.0, Histogram.of([0.001] * requests), 100, 50, 0.01, 0)
    return Measurement("u", 8, (replace(window, **changes),))  # type: ignore[arg-type]


FEW, FEWER, MANY = arm(3170), arm(801), arm(20_000)


def test_one_sentence_says_that_no_arm_has_a_p99() -> None:
    assert notes_on({"a": FEW, "b": FEWER, "c": FEWER}) == [
        "Too few requests for a p99 (801 to 3,170), which takes 10,000."
    ]


def test_a_note_on_some_arms_names_them() -> None:
    assert notes_on({"a": FEW, "b": MANY, "c": FEW}) == [
        "“a” and “c”: Too few requests for a p99 (3,170), which takes 10,000."
    ]


def test_a_single_measurement_has_no_name() -> None:
    assert notes_on({"": FEW}) == ["Too few requests for a p99 (3,170), which takes 10,000."]
    assert notes_on({"": MANY}) == []


def test_an_overloaded_arm_gets_no_note_on_too_few_requests() -> None:
    overloaded = arm(50, rate=100.0, overloaded=True)
    (note,) = notes_on({"a": overloaded, "b": overloaded})
    assert note.startswith("The backlog kept growing")


def test_the_note_on_queues_reports_the_longest_queue_and_the_latest_generator() -> None:
    def open_loop(peak: int, late: float) -> Measurement:
        lateness = Histogram.of([late])
        return arm(20_000, rate=100.0, backlog_peak=peak, lateness=lateness)

    (note,) = notes_on({"a": open_loop(3, 0.001), "b": open_loop(479, 0.0001)})
    assert note.startswith("At most 479 requests had to queue; the generator itself was up to 1.0")


def test_the_note_on_disturbances_reports_the_worst() -> None:
    arms = {
        name: arm(20_000, server=ServerSide(disturbance=share))
        for name, share in {"a": 0.2, "b": 0.5, "c": 0.0}.items()
    }
    (note,) = notes_on(arms)
    assert note.startswith("“a” and “b”: Something else was running in this kernel and used 50%")
