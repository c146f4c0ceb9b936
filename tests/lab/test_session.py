"""A notebook's session, cell by cell and in odd orders."""

import asyncio
import gc
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from sqlalchemy import text
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from app.course.catalogue import written_lessons
from app.course.errors import CourseError
from app.lab.checks.outcome import CheckRefused
from app.lab.learner import progress
from app.lab.load import Request
from app.lab.machine import measuring_queue
from app.lab.session import Lab
from app.shop.cache import NoCache
from app.shop.dependencies import ReadSession, WriteSession
from app.shop.settings import Settings


def counting(answer: str) -> APIRouter:
    router = APIRouter()

    @router.get("/counted")
    async def counted(session: ReadSession) -> str:
        await session.execute(text("SELECT 1"))
        return answer

    return router


@pytest.mark.parametrize("lesson", written_lessons(), ids=lambda lesson: lesson.slug)
async def test_every_lesson_finds_a_live_shop(lab: Lab, lesson: object) -> None:
    await lab.start(lesson.slug)  # type: ignore[attr-defined]
    seen = await lab.get("/api/orders?limit=3")
    assert seen.status == 200
    assert len(seen.answer) == 3


async def test_the_ladder_of_shops(lab: Lab) -> None:
    """Each lesson removes what its ``before`` names, and leaves the rest."""
    await lab.start("start_here")
    work = {}
    for slug in ("measuring", "pooling", "eager_loading"):
        lab.serve(lab.shop(after=slug))
        work[slug] = (await lab.get("/api/orders?limit=20")).work
    assert (work["measuring"].connections, work["measuring"].statements) == (1, 21)
    assert (work["pooling"].connections, work["pooling"].statements) == (0, 21)
    assert (work["eager_loading"].connections, work["eager_loading"].statements) == (0, 2)


async def test_a_shop_at_a_distance(lab: Lab) -> None:
    await lab.start("eager_loading")
    near = await lab.get("/api/orders?limit=20")
    lab.serve(lab.shop(network=lab.network(delay=0.01)))
    far = await lab.get("/api/orders?limit=20")
    assert far.work == near.work
    assert far.seconds >= far.work.round_trips * 0.01
    with pytest.raises(CourseError, match=r"delay=0\.005"):
        lab.network(delay=5)
    with pytest.raises(CourseError, match=r"lab\.network"):
        lab.shop(network=0.005)  # type: ignore[arg-type]


async def test_the_plans_of_a_request_and_of_a_statement(lab: Lab) -> None:
    await lab.start("eager_loading")
    plans = await lab.explain("/api/orders?limit=3")
    seen = await lab.get("/api/orders?limit=3")
    assert [one.text for one in plans] == list(seen.statements)
    assert plans.rows_read >= seen.work.rows
    assert all(one.sent_by for one in plans)
    (alone,) = await lab.explain("SELECT count(*) FROM products")
    assert alone.rows_read > 1000
    with pytest.raises(CourseError, match="cannot be explained"):
        await lab.explain("no SQL")


@pytest.mark.slow
async def test_a_profile_of_a_request(lab: Lab) -> None:
    await lab.start("eager_loading")
    router = APIRouter()

    @router.get("/computed")
    async def compute() -> int:
        return sum(range(1_000_000))

    seen = await lab.profile("/api/computed", router)
    assert seen.share("compute") > 0.5
    assert "iframe" in seen._repr_html_()
    with pytest.raises(CourseError, match="process of its own"):
        await lab.profile("/", FastAPI())


async def test_a_cell_run_again_never_meets_the_old_server(lab: Lab) -> None:
    await lab.start("eager_loading")
    old = lab.url
    for answer in ("first", "second"):
        lab.serve(counting(answer))
        assert (await lab.get("/api/counted")).answer == answer
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(f"{old}/healthz")


async def test_starting_again_gives_a_fresh_database(lab: Lab) -> None:
    writing = APIRouter()

    @writing.post("/emptied")
    async def emptied(session: WriteSession) -> None:
        await session.execute(text("DELETE FROM comments"))

    await lab.start("eager_loading")
    lab.serve(writing)
    assert (await lab.post("/api/emptied", None)).status == 200
    assert (await lab.get("/api/posts/78")).answer["comments"] == []
    await lab.start("eager_loading")
    assert (await lab.get("/api/posts/78")).answer["comments"] != []


async def test_two_notebooks_do_not_see_each_other(lab: Lab) -> None:
    other = Lab()
    try:
        await lab.start("pooling")
        await other.start("pooling")
        said = {"body": "Only here."}
        token = await lab.log_in()
        assert (await lab.post("/api/posts/78/comments", said, token=token)).status == 201
        mine = (await lab.get("/api/posts/78")).answer["comments"]
        theirs = (await other.get("/api/posts/78")).answer["comments"]
        assert len(mine) == len(theirs) + 1
    finally:
        await other.close()


async def test_starting_again_keeps_a_database_that_was_only_read(lab: Lab) -> None:
    await lab.start("eager_loading")
    before = lab.settings.database_url
    await lab.get("/api/orders")
    await lab.start("pooling")
    assert lab.settings.database_url == before


async def test_a_shop_of_an_earlier_start_is_served_on_the_new_database(lab: Lab) -> None:
    await lab.start("pooling")
    shop, before = lab.shop(), lab.settings.database_url
    token = await lab.log_in()
    written = await lab.post("/api/posts/78/comments", {"body": "Written."}, token=token)
    assert written.status == 201
    await lab.start("pooling")
    lab.serve(shop)
    assert lab.settings.database_url != before
    comments = (await lab.get("/api/posts/78")).answer["comments"]
    assert "Written." not in [comment["body"] for comment in comments]


@pytest.mark.parametrize("memory", [True, False], ids=["memory", "redis"])
async def test_a_fresh_start_holds_for_the_cache(lab: Lab, memory: bool) -> None:
    """What was cached before, in memory or in Redis, is not served after ``start`` or ``serve``."""
    await lab.start("start_here")
    if not memory and lab.settings.redis_url is None:
        pytest.skip("There is no Redis on this machine.")
    shop = lab.shop(after="memory_cache" if memory else "capstone")
    for begin_again in (lambda: lab.start("start_here"), None):
        lab.serve(shop)
        cold = await lab.get("/api/products/1", show="both")
        assert (cold.first.work.statements > 0, cold.second.work.statements) == (True, 0)
        if begin_again is not None:
            await begin_again()
    lab.serve(shop)
    assert (await lab.get("/api/products/1", show="first")).work.statements > 0


async def test_several_servers_are_addressed_at_once(lab: Lab) -> None:
    await lab.start("eager_loading")
    lab.serve(counting("first"), at="one")
    lab.serve(counting("second"), at="two")
    answers = [(await lab.get("/api/counted", at=name)).answer for name in ("one", "two")]
    assert answers == ["first", "second"]
    assert (await lab.get("/api/counted")).status == 404
    with pytest.raises(CourseError, match=r"Nothing is served at 'three'. Use `lab.serve"):
        await lab.get("/api/counted", at="three")


async def test_a_raw_request_shows_what_was_sent(lab: Lab) -> None:
    await lab.start("pooling")
    lab.serve(lab.shop(after="capstone"))
    path = "/api/products?limit=200"
    plain = await lab.raw(path)
    packed = await lab.raw(path, headers={"Accept-Encoding": "gzip"})
    assert (plain.status, plain.faults, packed.faults) == (200, (), ())
    assert plain.value("content-encoding") is None
    assert packed.values("content-encoding") == ["gzip"]
    assert packed.values("content-length") == [str(len(packed.body))]
    assert len(packed.body) < len(plain.body) / 3
    head = await lab.raw(path, method="HEAD", at=lab.urls[0])
    assert (head.status, head.body) == (200, b"")
    assert "content-encoding: gzip" in str(packed)
    with pytest.raises(CourseError, match="Nothing is served at"):
        await lab.raw(path, at="elsewhere")


async def test_what_is_sent_does_not_depend_on_installed_decoders(lab: Lab) -> None:
    await lab.start("pooling")
    lab.serve(lab.shop(after="capstone"))
    seen = await lab.get("/api/products?limit=200")
    assert seen.headers["content-encoding"] == "gzip"


async def test_requests_carry_headers_a_token_and_a_body(lab: Lab) -> None:
    await lab.start("pooling")
    seen = await lab.get("/api/products/1", headers={"Accept-Encoding": "gzip"})
    assert seen.status == 200
    token = await lab.log_in()
    assert (await lab.get("/api/me", token=token)).status == 200
    text = await lab.post(
        "/api/posts/78/comments",
        b'{"body": "As bytes."}',
        token=token,
        headers={"Content-Type": "application/json"},
    )
    assert text.answer["body"] == "As bytes."
    refused = await lab.request("PATCH", "/api/products/1", {"price": "-1"}, token=token)
    assert refused.status in (403, 422)


async def test_settings_and_cache_belong_to_the_shop(lab: Lab) -> None:
    await lab.start("eager_loading")
    opened = []

    def open_cache(settings: Settings) -> NoCache:
        opened.append(settings)
        return NoCache()

    lab.serve(lab.shop(cache=open_cache, settings={"pool_size": 3}, after="capstone"))
    assert [settings.pool_size for settings in opened] == [3]
    with pytest.raises(CourseError, match=r"no setting 'pool_sise'. It has: .*pool_size"):
        lab.shop(settings={"pool_sise": 3})
    with pytest.raises(CourseError, match="pool_size: Input should be greater than 0"):
        lab.serve(lab.shop(settings={"pool_size": 0}))


async def test_a_load_that_writes_gets_copies_of_its_own(lab: Lab) -> None:
    await lab.start("eager_loading")
    token = await lab.log_in()
    comment = Request.with_json("/api/posts/78/comments", {"body": "Again."})
    comment = replace(comment, headers=(*comment.headers, ("authorization", f"Bearer {token}")))
    before = len((await lab.get("/api/posts/78")).answer["comments"])
    found = await lab.compare(
        [comment], {"one": lab.shop(), "other": lab.shop()}, same_answer=False
    )
    assert found.measurements["one"].errors == {}
    assert len((await lab.get("/api/posts/78")).answer["comments"]) == before


async def test_cells_run_before_the_first_one_say_what_to_do(lab: Lab) -> None:
    with pytest.raises(CourseError, match=r"Run the cell with `await lab.start"):
        lab.shop()
    with pytest.raises(CourseError, match=r"Run the cell with `await lab.start"):
        await lab.get("/")
    with pytest.raises(CourseError, match="The lessons are: start_here, measuring"):
        await lab.start("no_such_lesson")


async def test_a_comparison_counts_the_work_of_each_arm(lab: Lab) -> None:
    await lab.start("eager_loading")
    finished = lab.shop(after="eager_loading")
    arms = {"before": lab.shop(), "after": finished, "after again": finished}
    found = await lab.compare("/api/orders?limit=5", arms)
    statements = {name: found.work[name]["statements"] for name in arms}
    assert statements["before"] == pytest.approx(6, abs=0.5)
    assert statements["after"] == pytest.approx(2, abs=0.5)
    assert found.measurements["before"].errors == {}


async def test_objects_are_counted_on_request(lab: Lab) -> None:
    """The finished shop has PostgreSQL write the JSON, and builds none."""
    path = "/api/orders?limit=5"
    await lab.start("eager_loading")
    assert (await lab.get(path)).objects is None
    seen = (await lab.get(path, objects=True)).objects
    lines = [line for order in (await lab.get(path)).answer for line in order["lines"]]
    assert seen is not None
    # The endpoint validates each line, and an order made of validated lines.
    assert seen.validations == 5 + 2 * len(lines)
    arms = {"before": lab.shop(), "after": lab.shop(after="capstone")}
    found = await lab.compare(path, arms, objects=True)
    assert found.objects["before"] == seen
    assert found.objects["after"].built == 0
    assert "calls of jsonable_encoder" not in str(found.table())
    assert "ORM objects built" in str(found.table())
    body = {"body": "Once more."}
    token = await lab.log_in()
    posted = await lab.post("/api/posts/78/comments", body, token=token, objects=True)
    assert posted.status == 201
    assert posted.objects is not None
    assert posted.objects.validations == 2, "the comment, and FastAPI's credentials"


async def test_objects_of_a_mix_are_not_counted(lab: Lab) -> None:
    await lab.start("eager_loading")
    mix = [Request("/api/orders"), Request("/api/posts")]
    with pytest.raises(CourseError, match="no mix"):
        await lab.compare(mix, {"a": lab.shop(), "b": lab.shop()}, objects=True)


async def test_the_source_of_a_path_is_that_of_the_endpoint_that_answers(lab: Lab) -> None:
    await lab.start("eager_loading")
    assert "app/lessons/eager_loading/before.py" in lab.source("/api/orders?limit=5").title
    lab.serve(lab.shop(counting("as it was written")))
    assert "def counted" in lab.source("/api/counted").text
    lab.serve(lab.shop(after="capstone"))
    assert "app/shop/orders/router.py" in lab.source("/api/orders").title
    with pytest.raises(CourseError, match="no endpoint for GET /api/nothing"):
        lab.source("/api/nothing")


async def test_predictions_are_recalled_beside_what_was_measured(lab: Lab) -> None:
    await lab.start("pooling")
    lab.predict(round_trips=3)
    assert lab.recall(round_trips=5).rows == [["round trips", "3", "5", "40 % too low"]]
    assert lab.recall(connections=1).rows == [["connections", "–", "1", "–"]]


async def test_a_prediction_survives_a_restart_of_the_lesson_and_of_the_kernel(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COURSE_PROGRESS")
    monkeypatch.setattr(progress, "progress_file", lambda: tmp_path / "progress.json")
    await lab.start("pooling")
    lab.predict(round_trips=3)
    await lab.start("pooling")
    assert lab.recall(round_trips=5).rows[0][1] == "3"
    other = Lab()
    try:
        await other.start("pooling")
        assert other.recall(round_trips=5).rows[0][1] == "3"
        assert other.predict(round_trips=None).markdown.startswith("Noted earlier: round trips: 3.")
        with pytest.raises(CourseError, match="A prediction needs a name and a number"):
            other.predict("seven")
        with pytest.raises(CourseError, match="round_trips is 'seven', but"):
            other.predict(round_trips="seven")  # type: ignore[arg-type]
        await other.start("eager_loading")
        assert other.recall(round_trips=5).rows[0][1] == "–"
    finally:
        await other.close()


async def test_hints_have_four_layers(lab: Lab) -> None:
    await lab.start("eager_loading")
    assert "Hint 1 of 4" in lab.hint(1).markdown
    assert "lab.hint(2)" in lab.hint(1).markdown
    assert "lab.hint" not in lab.hint(4).markdown
    assert "lab.solution()" in lab.hint(4).markdown
    with pytest.raises(CourseError, match="4 hints"):
        lab.hint(5)


async def test_the_solution_opens_with_the_second_failure(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_PROGRESS", "on")
    monkeypatch.setattr(progress, "progress_file", lambda: tmp_path / "progress.json")
    await lab.start("start_here")
    assert "2 failed checks (so far: 0)" in repr(lab.solution())
    for _ in range(2):
        with pytest.raises(CheckRefused) as refused:
            await lab.check({"statements": 1})
    assert "`lab.solution()`" in str(refused.value.outcome)
    assert "answers = " in repr(lab.solution())
    assert "answers = " in repr(lab.reset())


async def test_what_raises_is_told_with_its_line(lab: Lab) -> None:
    broken = APIRouter()

    @broken.get("/broken")
    async def endpoint() -> None:
        raise ValueError("no good")

    await lab.start("pooling")
    lab.serve(broken)
    for _ in range(3):  # a server closes the connection on which a handler raised
        seen = await lab.get("/api/broken")
        assert (seen.status, seen.exception) == (500, "ValueError: no good")


async def test_a_check_shows_and_raises(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    await lab.start("eager_loading")
    with pytest.raises(CheckRefused) as refused:
        await lab.check(APIRouter())
    assert refused.value.outcome.outcome == "wrong"
    assert "answered by the shop's endpoint" in capsys.readouterr().out
    with pytest.raises(CheckRefused, match="expected the APIRouter"):
        await lab.check("a string")


@pytest.mark.filterwarnings("error")
async def test_near_misses_get_a_sentence(lab: Lab) -> None:
    async def make_router() -> APIRouter:
        return APIRouter()

    async def open_database(settings: Settings) -> None: ...

    def make() -> APIRouter:
        return APIRouter()

    await lab.start("pooling")
    wrong: Any = lab  # for what type checkers would refuse
    calls: list[tuple[Callable[[], Any], str]] = [
        (lambda: wrong.serve(make_router()), r"a coroutine \(`make_router` is `async def`"),
        (lambda: wrong.serve(make), r"call it: `make\(\)`"),
        (lambda: wrong.serve(APIRouter), r"`APIRouter` is a class.*calling it: `APIRouter\(\)`"),
        (lambda: wrong.serve(lab.url), "not a str"),
        (lambda: wrong.shop(open_database), "takes routers, not the function `open_database`"),
        (lambda: wrong.shop(database=open_database), "is `async def`.*plain function"),
        (lambda: wrong.shop(database=open_database(lab.settings)), "leave out the parentheses"),
        (lambda: wrong.shop(cache=lambda: NoCache()), "one argument, the settings"),
        (lambda: wrong.shop(middleware=Middleware(GZipMiddleware)), "is a list of `Middleware`"),
        (lambda: wrong.mesure("/api/orders"), "Did you mean `lab.measure`"),
    ]
    for call, says in calls:
        with pytest.raises(CourseError, match=says):
            call()
    for pending, says in (
        (lab.get("api/orders"), "begins with a slash: write `/api/orders`"),
        (lab.get(f"{lab.url}/api/orders?limit=2"), "write `/api/orders.limit=2`"),
        (lab.post("api/orders", None), "slash"),
        (lab.burst("api/orders", requests=1), "slash"),
        (lab.measure("api/orders"), "slash"),
        (wrong.measure("/api/orders", make), r"call it: `make\(\)`"),
        (lab.compare("api/orders", {"a": lab.shop(), "b": lab.shop()}), "slash"),
        (lab.compare([Request("api/orders")], {"a": lab.shop(), "b": lab.shop()}), "slash"),
        (wrong.compare("/api/orders", [lab.shop()]), "a dict by name"),
        (wrong.compare(3, {"a": lab.shop()}), "a load is a list of Request"),
    ):
        with pytest.raises(CourseError, match=says):
            await pending
    gc.collect()


@pytest.mark.filterwarnings("error")
async def test_a_slip_in_the_call_of_a_check_is_no_attempt(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_PROGRESS", "on")
    monkeypatch.setattr(progress, "progress_file", lambda: tmp_path / "progress.json")

    async def open_database(settings: Settings) -> None: ...

    await lab.start("pooling")
    for answers, says in (
        ((open_database,), "`open_database` is `async def`; expected a plain function"),
        ((open_database(lab.settings),), "a coroutine (`open_database` is `async def`"),
        ((Path, Path), "The check received 2 answers; expected one."),
        (("open_database",), "The check received a str; expected your function"),
        ((lambda: None,), "one argument, the settings"),
    ):
        with pytest.raises(CheckRefused) as refused:
            await lab.check(*answers)
        assert says in refused.value.outcome.message
    await lab.start("eager_loading")
    for answer, says in (
        (APIRouter, "Does `APIRouter` make it? Then call it: `APIRouter()`."),
        (lambda: APIRouter(), "Then call it: "),
        (lab.get("/api/orders"), "a coroutine (`lab.get` is `async def`"),
    ):
        with pytest.raises(CheckRefused) as refused:
            await lab.check(answer)
        assert says in refused.value.outcome.message
    gc.collect()
    assert progress.entry_of("pooling").attempts == 0
    assert progress.entry_of("eager_loading").attempts == 0


async def test_the_last_result_can_be_shown_again(lab: Lab) -> None:
    with pytest.raises(CourseError, match="no result yet"):
        _ = lab.last
    await lab.start("pooling")
    seen = await lab.get("/api/products/1")
    assert lab.last is seen
    measured: Any = await lab.measure("/api/products/1", seconds=0.2)
    assert lab.last is measured


async def test_what_measures_waits_for_its_turn(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lab.start("pooling")
    monkeypatch.setattr(measuring_queue, "folder", lambda: tmp_path)
    monkeypatch.delenv(measuring_queue.SWITCH, raising=False)
    arms = {"a": lab.shop(), "b": lab.shop()}
    async with measuring_queue.measuring_turn(lambda *_: None):
        waiting = [
            asyncio.ensure_future(lab.measure("/api/products/1", seconds=0.1)),
            asyncio.ensure_future(lab.compare("/api/products/1", arms, seconds=0.1)),
            asyncio.ensure_future(lab.frameworks(seconds=0.1, only=["no such"])),
        ]
        await asyncio.to_thread(until_there_are, 1 + len(waiting), tmp_path)
        assert not any(one.done() for one in waiting)
    await asyncio.gather(*waiting, return_exceptions=True)
    assert lab.last is not None


def until_there_are(tickets: int, queue: Path) -> None:
    while len(list(queue.glob("*.ticket"))) < tickets:
        time.sleep(0.01)
