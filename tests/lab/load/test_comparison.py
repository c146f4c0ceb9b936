import asyncio
import json
from dataclasses import replace
from typing import cast

import pytest

from app.course.work import Work
from app.lab.load import (
    Comparison,
    LoadError,
    LoadProcess,
    Measurement,
    Request,
    Target,
    Verdict,
    bench,
    compare,
    measure,
)
from app.lab.load.histogram import Histogram
from app.lab.load.observer import ProcessObserver
from app.lab.load.rounds import Rounds
from app.lab.load.schedule import Schedule
from app.lab.load.server_side import ServerSide
from app.lab.load.statistics import Ratio, floor_interval, log_ratio_interval
from app.lab.load.window import Window
from benchmarks.tool.scripted_server import (
    ScriptedServer,
    burning_cpu,
    reply,
    responding,
    scripted_server,
)


async def test_more_work_is_slower(monkeypatch: pytest.MonkeyPatch) -> None:
    # On a busy machine three short rounds would not show it; this stops once the interval does.
    monkeypatch.setenv("COURSE_SHORT", "0")
    async with (
        scripted_server(burning_cpu(20_000)) as one,
        scripted_server(burning_cpu(60_000)) as other,
    ):
        found = await compare(
            {"one": one.url, "other": other.url}, connections=8, seconds=8, window=0.1, width=0.5
        )
    assert found.verdicts == {"other": Verdict.SLOWER}
    assert "slower than “one”" in found.verdict


async def test_a_server_against_itself_is_not_different() -> None:
    async with scripted_server(burning_cpu(10_000)) as server:
        found = await compare(
            {"A": server.url, "A again": server.url}, connections=8, seconds=2, width=0.0
        )
    ratio = found.ratios["A again"]
    assert ratio
    # Twice the interval: a true ratio of 1 falls outside it less than once in 1,000 runs.
    assert ratio.low * ratio.low / ratio.ratio < 1 < ratio.high * ratio.high / ratio.ratio


class Counting(ProcessObserver):
    """Pretends that each request executes a given number of statements."""

    def __init__(self, server: ScriptedServer, statements: int) -> None:
        super().__init__(Target(server.url))
        self._server, self._statements = server, statements

    def work(self) -> Work:
        count = self._server.requests
        return Work(requests=count, statements=self._statements * count)


async def test_work_is_reported_per_request() -> None:
    async with scripted_server() as one, scripted_server() as other:
        servers = {"one": one, "other": other}
        statements = {"one": 41, "other": 2}

        arms = {name: server.url for name, server in servers.items()}
        observers = {name: Counting(servers[name], statements[name]) for name in servers}
        found = await compare(arms, seconds=0.5, window=0.1, observers=observers)
    assert found.work["one"]["statements"] == 41
    assert found.work["other"]["statements"] == 2
    for measurement in found.measurements.values():
        assert measurement.work
        assert measurement.work.requests == measurement.requests


async def test_every_round_has_every_arm_in_a_random_order() -> None:
    order: list[str] = []
    async with scripted_server() as server:
        arms = dict.fromkeys("ABC", server.url)
        found = await compare(arms, seconds=1, window=0.02, width=0.0, between=order.append, seed=1)
    rounds = [order[start : start + 3] for start in range(3, len(order), 3)]
    assert len(rounds) == found.rounds
    assert all(sorted(names) == ["A", "B", "C"] for names in rounds)
    assert len({tuple(names) for names in rounds}) > 1


async def test_different_bodies_invalidate_a_comparison() -> None:
    async with (
        scripted_server(responding(b'{"a": 1}')) as one,
        scripted_server(responding(b'{"a": 2}')) as other,
    ):
        arms = {"one": one.url, "other": other.url}
        found = await compare(arms, seconds=0.3)
        assert found.verdicts == {"other": Verdict.INVALID}
        assert found.ratios == {"other": None}
        assert "different bodies" in found.verdict
        json.dumps(found.to_json(), allow_nan=False)
        trusted = await compare(arms, seconds=0.3, same_answer=False)
        assert "different bodies" not in trusted.verdict


async def test_json_formatted_differently_is_the_same_answer() -> None:
    async with (
        scripted_server(responding(b'{"a": 1, "b": 2}')) as one,
        scripted_server(responding(b'{"b":2,"a":1}')) as b,
    ):
        found = await compare({"one": one.url, "b": b.url}, seconds=0.3, window=0.05)
    assert "different bodies" not in found.verdict


async def test_errors_invalidate_a_comparison() -> None:
    async def behave(server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
        writer.write(reply(status="500 Oops" if server.requests % 100 == 0 else "200 OK"))

    async with scripted_server() as one, scripted_server(behave) as other:
        found = await compare({"one": one.url, "other": other.url}, seconds=0.5, window=0.1)
    assert found.verdicts == {"other": Verdict.INVALID}
    assert "answered with a 5xx status" in found.verdict
    assert "×" not in "".join(row[2] for row in found.table().rows)


async def test_a_server_that_dies_invalidates_a_comparison() -> None:
    async def behave(server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
        writer.write(reply())
        if server.requests == 400:
            server.die()

    async with asyncio.timeout(30), scripted_server() as one, scripted_server(behave) as other:
        found = await compare({"one": one.url, "other": other.url}, seconds=20, window=0.05)
    assert found.verdicts == {"other": Verdict.INVALID}
    assert "stopped answering" in found.verdict


async def test_the_floor_is_the_baseline_against_itself() -> None:
    called_for: set[str] = set()
    async with scripted_server() as one, scripted_server() as other:
        found = await compare(
            {"one": one.url, "other": other.url},
            seconds=0.3,
            window=0.05,
            floor=True,
            between=called_for.add,
        )
    assert list(found.measurements) == ["one", "one again", "other"]
    assert found.repeats == {"one again"}
    assert called_for == {"one", "other"}


async def test_one_arm_is_not_a_comparison() -> None:
    with pytest.raises(LoadError, match="at least two"):
        await compare({"A": "http://127.0.0.1:1/"})


def test_short_mode_shortens_the_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_SHORT", "1")
    schedule = Schedule.of(30, 0.25, None)
    assert schedule.seconds <= 1
    assert schedule.window <= 0.1


async def test_progress_stays_between_0_and_1() -> None:
    reported: list[float] = []
    async with scripted_server() as server:
        await measure(server.url, seconds=0.3, on_progress=lambda _, done: reported.append(done))
        await compare(
            {"A": server.url, "B": server.url},
            seconds=0.3,
            window=0.05,
            on_progress=lambda _, done: reported.append(done),
        )
    assert reported
    assert all(0 <= done <= 1 for done in reported)


async def test_an_open_loop_compares_response_times() -> None:
    async def late(_server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.04)
        writer.write(reply())

    async with scripted_server() as one, scripted_server(late) as other:
        found = await compare({"one": one.url, "late": other.url}, seconds=3, rate=100)
    assert found.verdicts == {"late": Verdict.SLOWER}
    assert "the median response time" in found.verdict
    # As many as were offered, however late the replies.
    assert found.measurements["one"].requests == found.measurements["late"].requests


async def test_a_rate_that_one_arm_cannot_keep_up_with_invalidates_a_comparison() -> None:
    async def slow(_server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.03)
        writer.write(reply())

    async with scripted_server() as one, scripted_server(slow) as other:
        found = await compare(
            {"one": one.url, "slow": other.url}, connections=2, seconds=2, rate=200
        )
    assert found.verdicts == {"slow": Verdict.INVALID}
    assert "it cannot keep up with 200 requests per second" in found.verdict


async def test_an_automatic_rate_suits_the_slowest_arm() -> None:
    async def slow(_server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        writer.write(reply())

    async with scripted_server() as one, scripted_server(slow) as other:
        found = await compare(
            {"one": one.url, "slow": other.url}, connections=2, seconds=2, rate="auto"
        )
    # Two connections at 20 ms per request make at most 100 per second.
    rates = {measurement.rate for measurement in found.measurements.values()}
    assert len(rates) == 1
    assert 30 < (rates.pop() or 0) <= 60


async def test_a_rate_of_zero_is_rejected() -> None:
    async with scripted_server() as server:
        with pytest.raises(LoadError, match="sends nothing"):
            await measure(server.url, rate=0)


async def test_bench_of_one_and_of_two() -> None:
    async with scripted_server() as one, scripted_server() as other:
        single = (await bench([one.url], duration=0.3)).to_json()
        double = (await bench([one.url, other.url], duration=0.5)).to_json()
    assert {
        "url", "requests", "errors", "rps", "p50_ms", "p90_ms", "p99_ms", "p999_ms", "bytes",
        "client_cpu", "client_bound",
    } <= set(single["targets"][0])  # fmt: skip
    assert [target["url"] for target in double["targets"]] == [one.url, other.url]
    assert {"ratio", "ci_low", "ci_high", "verdict", "floor", "p99_ratio"} <= set(double)
    json.dumps([single, double], allow_nan=False)


def window(rps: float, cpu: float = 0.01) -> Window:
    count = round(rps)
    latencies = Histogram.of([0.001] * count)
    return Window(count, {}, 1.0, latencies, 100 * count, 50 * count, cpu, 0)


def comparison(*rates: tuple[float, float], cpu: float = 0.01) -> Comparison:
    """Built by hand, so that its text is always the same."""
    interval = log_ratio_interval([a for a, _ in rates], [b for _, b in rates])
    arms = {
        "before": Measurement("u", 32, tuple(window(a) for a, _ in rates), Work(1, statements=41)),
        "after": Measurement("u", 32, tuple(window(b, cpu) for _, b in rates), Work(1, 2)),
    }
    problems = {arm: m.problems for arm, m in arms.items() if m.problems}
    floor = floor_interval([a for a, _ in rates])
    return Comparison(arms, {"after": interval}, problems, len(rates), floor)


def test_the_table_begins_with_the_work() -> None:
    table = comparison((100, 1000), (110, 1050)).table()
    assert table.headers == ["", "before", "after"]
    assert table.rows[0] == ["SQL statements", "41", "2"]
    assert "on this machine" in table.caption
    assert "10,000" in table.caption


def test_a_result_renders_as_html_and_as_text() -> None:
    result = comparison((100, 1000), (110, 1050))
    page = result._repr_html_()
    assert "data:image/png;base64," in page
    assert 'alt="Requests per second as a multiple of before' in page
    assert "SQL statements" in str(result)
    assert "“after” is faster than “before”" in str(result)


def test_a_wide_range_of_ratios_is_drawn_on_a_logarithmic_axis() -> None:
    assert comparison((100, 1000), (110, 1050)).chart().axes[0].get_xscale() == "log"
    assert comparison((100, 200), (110, 210)).chart().axes[0].get_xscale() == "linear"


def test_a_load_generator_that_is_the_limit_invalidates_a_comparison() -> None:
    result = comparison((100, 1000), (110, 1050), cpu=0.95)
    assert result.verdicts == {"after": Verdict.INVALID}
    assert "the load generator, not the server" in result.verdict


def test_the_tail_is_reported_with_enough_windows_and_requests() -> None:
    def result(pairs: int) -> Comparison:
        made = comparison(*[(600, 600)] * pairs)
        slow = tuple(
            replace(w, latencies=Histogram.of([0.001] * 580 + [0.004] * 20))
            for w in made.measurements["after"].windows
        )
        arms = {
            "before": made.measurements["before"],
            "after": replace(made.measurements["after"], windows=slow),
        }
        return replace(made, measurements=arms)

    assert result(10).tails == {}
    enough = result(20)
    assert enough.tails["after"].ratio == pytest.approx(4, rel=0.02)
    assert ["p99 vs “before”", "1", str(enough.tails["after"])] in enough.table().rows


def test_a_note_on_one_arm_names_the_arm() -> None:
    result = comparison((100, 1000), (110, 1050))
    busy = tuple(
        replace(w, server=ServerSide(disturbance=0.5)) for w in result.measurements["after"].windows
    )
    arms = {**result.measurements, "after": replace(result.measurements["after"], windows=busy)}
    caption = replace(result, measurements=arms).table().caption
    assert "“after”: Something else was running in this kernel and used 50% of a core" in caption


def test_no_difference_comes_with_its_bounds() -> None:
    result = comparison((100, 105), (100, 97), (100, 103))
    assert result.verdicts == {"after": Verdict.UNSHOWN}
    assert "no difference can be shown (between −" in result.verdict


def test_a_run_too_noisy_to_read_says_so() -> None:
    result = replace(comparison((100, 130), (100, 131)), floor=Ratio(0.4, 0.06, 2.52))
    assert result.verdicts == {"after": Verdict.NOISY}
    assert result.verdict.startswith(
        "How “after” compares with “before”, this run cannot tell: "
        "“before” against itself is 0.06× to 2.52×."
    )
    assert result.ratio_json("after")["verdict"].startswith("cannot tell (")


def test_what_stands_out_from_the_noise_is_told() -> None:
    noisy = Ratio(0.9, 0.5, 1.6)
    assert replace(comparison((100, 300), (100, 310)), floor=noisy).verdicts == {
        "after": Verdict.FASTER
    }
    assert replace(comparison((100, 150), (100, 151)), floor=noisy).verdicts == {
        "after": Verdict.NOISY
    }


def test_a_floor_that_leaves_1_out_hides_differences_of_its_size() -> None:
    biased = Ratio(1.09, 1.06, 1.12)
    for factor, verdict in ((1.1, Verdict.NOISY), (1.01, Verdict.NOISY), (1.2, Verdict.FASTER)):
        made = comparison(*[(100.0, 100 * factor)] * 3)
        assert replace(made, floor=biased).verdicts == {"after": verdict}


def test_a_baseline_that_differs_from_itself_voids_every_verdict() -> None:
    result = with_arms(comparison((100, 1000), (110, 1050)), "before again")
    odd = replace(result, repeats=frozenset({"before again"}))
    odd = replace(odd, intervals={**result.intervals, "before again": Ratio(1.2, 1.1, 1.3)})
    assert set(odd.verdicts.values()) == {Verdict.NOISY}
    assert "“before again” is “before” once more, and came out at 1.20×" in odd.verdict
    assert odd.verdict.count("cannot tell") == 1
    quiet = replace(odd, intervals={**result.intervals, "before again": Ratio(1.01, 0.9, 1.1)})
    assert quiet.verdicts["after"] is Verdict.FASTER


@pytest.mark.parametrize(("rates", "stops_early"), [((100, 100), True), ((100, 400), False)])
async def test_a_comparison_goes_on_while_the_noise_is_high(
    rates: tuple[float, float], stops_early: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both arms vary alike, so that their ratio is certain from the first round on."""
    rounds = Rounds(
        cast("LoadProcess", None),
        {"a": Target("http://127.0.0.1:1/a"), "b": Target("http://127.0.0.1:1/b")},
        {},
        connections=1,
        rate=None,
        schedule=Schedule(seconds=0.1, window=0.0, min_rounds=8, warm_up=0.0),
    )

    async def measured(self: Rounds, *_: object) -> Window:
        await asyncio.sleep(0.001)
        low_and_high = (rates[0], rates[1], rates[1], rates[0])
        return window(low_and_high[self.count % 4])

    monkeypatch.setattr(Rounds, "_window", measured)
    await rounds.run(0.1, lambda *_: None)
    assert (rounds.count == 8) is stops_early


async def test_three_refusals_are_named_and_the_rest_counted() -> None:
    async with scripted_server() as good, scripted_server(refuse) as bad:
        requests = tuple(Request(f"/{number}") for number in range(12))
        arms = {"good": Target(good.url, requests), "bad": Target(bad.url, requests)}
        found = await compare(arms, connections=2, seconds=0.2)
    *named, rest = found.problems["bad"][:4]
    assert all("answers with status 503" in refusal for refusal in named)
    assert rest == "9 more are refused"


async def refuse(_: ScriptedServer, writer: asyncio.StreamWriter) -> None:
    writer.write(reply(status="503 Busy"))


def test_arms_that_cannot_be_compared_share_a_sentence() -> None:
    result = with_arms(comparison((100, 100)), "b", "c")
    assert result.verdict == (
        "Between “before” and each of “after”, “b” and “c”, no difference can be shown "
        "(too few rounds)."
    )
    reason = ("nothing was measured",)
    invalid = replace(result, problems={"before": reason, "b": reason})
    assert invalid.verdict == (
        "The comparison of “after”, “b” and “c” with “before” is invalid. "
        "“before”: nothing was measured; “b”: nothing was measured."
    )


def test_arms_with_a_ratio_have_a_sentence_each() -> None:
    result = with_arms(comparison((100, 1000), (110, 1050)), "b")
    assert result.verdict.count("faster than “before”") == 2


def with_arms(result: Comparison, *names: str) -> Comparison:
    """The comparison with copies of its second arm."""
    arms = dict.fromkeys(names, result.measurements["after"])
    intervals = dict.fromkeys(names, result.intervals["after"])
    return replace(
        result,
        measurements={**result.measurements, **arms},
        intervals={**result.intervals, **intervals},
    )
