"""``course slo`` on a real shop. How fast it is today does not matter, only what is said of it."""

import json

import pytest

from app.cli import main
from app.course.shop import Shop
from app.course.shops import flaws_after, flaws_before
from app.lab.load.objectives import Objectives, Standing
from app.lab.load.slo import ServiceLevels, check_objectives
from app.lab.services import Client
from app.lab.serving.arm import Arm
from app.lab.serving.copies import Copies
from app.lab.serving.log_in import log_in


async def levels_of(shop: Shop, copies: Copies, objectives: Objectives) -> ServiceLevels:
    with Arm(shop, copies) as arm:
        token = await log_in(arm.url)
        return await check_objectives(arm.url, token, objectives, seconds=5)


@pytest.fixture
def copies(services: Client) -> Copies:
    return Copies(services)


@pytest.mark.slow
async def test_a_shop_that_cannot_keep_up_misses_its_objectives(copies: Copies) -> None:
    draft = Shop(flaws=flaws_before("pooling"))
    levels = await levels_of(draft, copies, Objectives(rate=1_000))
    throughput = next(one for one in levels.judged if one.name == "Throughput")
    assert throughput.standing is Standing.MISSED
    assert not levels.met
    assert "With a growing backlog" in str(levels)


@pytest.mark.slow
async def test_every_request_of_the_mix_succeeds(copies: Copies) -> None:
    finished = Shop(flaws=flaws_after(None))
    levels = await levels_of(finished, copies, Objectives(rate=2_000))
    assert not levels.measured.errors
    told = json.loads(json.dumps(levels.to_json()))
    names = [one["name"] for one in told["objectives"]]
    assert names == ["P50", "P99", "Throughput", "Errors", "CPU"]
    assert told["met"] == levels.met


def test_where_no_shop_answers(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["slo", "http://127.0.0.1:9"])
    assert end.value.code == 1
    assert "No shop answers at http://127.0.0.1:9" in capsys.readouterr().err


def test_a_shop_on_another_machine(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["slo", "https://example.org"])
    assert end.value.code == 1
    assert "only sent to this machine" in capsys.readouterr().err
