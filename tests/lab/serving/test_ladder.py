"""The ladder's load, and what is told of a rung."""

import json

import pytest

from app.lab.load.workload import workload
from app.lab.serving.ladder import ladder, rungs
from app.lab.serving.written import Written


def test_the_workload_is_the_same_every_time() -> None:
    assert workload("token") == workload("token")


def test_reads_outweigh_writes_and_few_products_are_popular() -> None:
    requests = workload("token")
    weight = dict.fromkeys(("GET", "POST", "PATCH"), 0.0)
    for request in requests:
        weight[request.method] += request.weight
    assert weight["POST"] > 0 < weight["PATCH"]
    assert weight["GET"] > 20 * (weight["POST"] + weight["PATCH"])
    products = sorted(
        (r.weight for r in requests if r.path.startswith("/api/products/") and "?" not in r.path),
        reverse=True,
    )
    assert sum(products[:30]) > sum(products) / 2


@pytest.mark.slow
async def test_every_rung_carries_the_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_SHORT", "1")
    taken_away = 0
    take_away = Written.take_away

    async def counted(written: Written) -> None:
        nonlocal taken_away
        taken_away += 1
        await take_away(written)

    monkeypatch.setattr(Written, "take_away", counted)
    climbed = await ladder(connections=4, seconds=0.4)
    told = json.loads(json.dumps(climbed.to_json()))
    assert [rung["after"] for rung in told] == list(rungs())
    for rung in told:
        assert rung["rps"] > 0
        assert rung["error_rate"] == 0, climbed.comparison.problems
    assert told[-1]["statements_per_request"] < told[0]["statements_per_request"] / 2
    assert "first draft" in str(climbed)
    # One turn to warm up, and one in each round.
    assert taken_away == len(rungs()) * (1 + climbed.comparison.rounds)
