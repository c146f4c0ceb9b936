"""A session as someone at a browser sees it: it is interrupted, closed, reopened, and dark."""

import json
import time
import urllib.request
from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome

from tests.browser.jupyter import TOKEN, JupyterLab, NotebookPage, new_notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]

START = """
import os

os.environ["COURSE_SHORT"] = "0"
from app.lab import lab

await lab.start("start_here")
"""


@pytest.fixture
def page(browser: Chrome, lab: JupyterLab, request: pytest.FixtureRequest) -> NotebookPage:
    name = f"{request.node.name}.ipynb"
    cells = {
        "start": START,
        "long": 'await lab.measure("/api/products/1", seconds=60)',
        "short": 'await lab.measure("/api/products/1", seconds=2)',
        "last": "lab.last",
        "pending": 'lab.get("/api/products/1")',
    }
    (lab.root / name).write_text(new_notebook(**cells), encoding="utf-8")
    page = NotebookPage(browser, lab, name)
    page.run("start")
    assert page.errors() == []
    return page


def test_the_stop_button_shows_one_line(page: NotebookPage) -> None:
    page.begin("long")
    time.sleep(1)  # well into the load, so that everything has started that must be stopped
    page.interrupt()
    [output] = [one for one in page.outputs()[1] if one["output_type"] == "error"]
    assert output["traceback"] == ["Interrupted: `lab.measure` did not finish."]
    page.run("short")
    assert "requests per second on this machine" in page.text()


def test_a_result_that_came_while_the_tab_was_closed_is_there(
    page: NotebookPage, browser: Chrome, lab: JupyterLab
) -> None:
    page.begin("short")
    browser.get("about:blank")
    for _ in until_idle(lab):
        time.sleep(0.1)
    again = NotebookPage(browser, lab, page.file.name)
    assert "requests per second on this machine" not in again.text()
    again.run("last")
    assert "requests per second on this machine" in again.text()


def until_idle(lab: JupyterLab) -> Iterator[None]:
    """Until no kernel works any more."""
    while True:
        with urllib.request.urlopen(f"{lab.url}/api/kernels?token={TOKEN}", timeout=10) as reply:
            kernels = json.load(reply)
        if all(kernel["execution_state"] == "idle" for kernel in kernels):
            return
        yield


def test_a_call_without_await_is_one_sentence(page: NotebookPage) -> None:
    page.run("pending")
    assert "`lab.get(…)` has not run yet" not in page.text()  # its code spans are rendered
    assert "has not run yet. Write await lab.get(…)." in page.text()
    assert "RuntimeWarning" not in page.text()


def test_charts_follow_the_theme(page: NotebookPage, browser: Chrome) -> None:
    page.run("short")
    found = {}
    for scheme in ("dark", "light"):
        page.use_theme(scheme)
        found[scheme] = browser.execute_script(
            "return getComputedStyle(document.querySelector('.jp-OutputArea img')).filter"
        )
    assert found == {
        "dark": "invert(0.93) hue-rotate(180deg)",
        "light": "invert(0) hue-rotate(0deg)",
    }
