import asyncio
import gc

import pytest

from app.course.errors import CourseError
from app.lab.display.pending import interrupted_in_one_line, must_be_awaited


class Example:
    @must_be_awaited
    async def get(self, number: int) -> int:
        await asyncio.sleep(0)
        return number

    @must_be_awaited
    async def wait(self) -> None:
        await asyncio.sleep(60)

    @interrupted_in_one_line
    def block(self) -> None:
        raise KeyboardInterrupt


lab = Example()


async def test_it_can_be_used_as_any_coroutine() -> None:
    assert await lab.get(1) == 1
    assert list(await asyncio.gather(lab.get(2), asyncio.create_task(lab.get(3)))) == [2, 3]
    async with asyncio.TaskGroup() as group:
        task = group.create_task(lab.get(4))
    assert task.result() == 4


def test_shown_it_says_what_to_write(capsys: pytest.CaptureFixture[str]) -> None:
    pending = lab.get(1)
    assert repr(pending) == "`lab.get(…)` has not run yet. Write `await lab.get(…)`."
    del pending
    gc.collect()
    assert capsys.readouterr().err == ""


def test_forgotten_it_says_so_without_a_warning_of_pythons(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lab.get(1)  # type: ignore[unused-coroutine]
    gc.collect()
    assert capsys.readouterr().err == "`lab.get(…)` has not run yet. Write `await lab.get(…)`.\n"


def test_a_result_that_is_not_there_yet_has_no_attributes() -> None:
    with pytest.raises(CourseError, match=r"`\(await lab.get\(…\)\).status`"):
        _ = lab.get(1).status  # type: ignore[attr-defined]
    assert not hasattr(lab.get(1), "_repr_html_")


async def test_an_interrupt_is_shown_as_one_line() -> None:
    task = asyncio.ensure_future(shown(lab.wait()))
    await asyncio.sleep(0.01)
    task.cancel()
    assert await task == ["Interrupted: `lab.wait` did not finish."]
    with pytest.raises(KeyboardInterrupt) as interrupted:
        lab.block()
    assert interrupted.value._render_traceback_() == [  # type: ignore[attr-defined]
        "Interrupted: `lab.block` did not finish."
    ]


async def shown(work: object) -> list[str]:
    """What IPython would show."""
    try:
        await work  # type: ignore[misc]
    except asyncio.CancelledError as error:
        lines: list[str] = error._render_traceback_()  # type: ignore[attr-defined]
        return lines
    return []


async def test_a_timeout_around_it_is_still_a_timeout() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await lab.wait()
