"""The course as a learner meets it: in JupyterLab, in a browser."""

import json

import pytest
from selenium.webdriver import Chrome

from tests.browser.conftest import COURSE
from tests.browser.jupyter import JupyterLab, NotebookPage, new_notebook, tagged_source

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_first_notebook_runs_to_its_end_and_draws(browser: Chrome, lab: JupyterLab) -> None:
    page = NotebookPage(browser, lab, "notebooks/00_start_here.ipynb")
    assert page.pictures() == []
    page.run_all()
    assert page.errors() == []
    assert page.unfinished() == 0
    pictures = page.pictures()
    assert pictures
    # "Image" is what JupyterLab puts where nothing was given.
    assert not {"", "Image"} & set(pictures), "a picture has no alternative text"


def test_an_exercise_tells_untouched_from_solved(browser: Chrome, lab: JupyterLab) -> None:
    page = NotebookPage(browser, lab, "exercises/00_start_here_exercise.ipynb")
    page.run_all()
    assert "Not attempted" in page.text()
    assert "Passed" not in page.text()

    page.write("answer", tagged_source(COURSE / "solutions/00_start_here_solution.ipynb", "answer"))
    page.run_all()
    assert page.errors() == []
    assert "Passed" in page.text()
    assert "Not attempted" not in page.text()


def test_reset_gives_the_cell_back_below_or_in_place(browser: Chrome, lab: JupyterLab) -> None:
    name = "exercises/02_pooling_exercise.ipynb"
    shipped = tagged_source(COURSE / name, "answer")
    page = NotebookPage(browser, lab, name)
    page.run_all()
    before = page.sources()
    at = before.index(shipped)

    mine = "mine = 1\nlab.reset()"
    page.write("answer", mine)
    page.run("answer")
    assert page.sources() == [*before[:at], mine, shipped, *before[at + 1 :]]

    page.write("answer", "lab.reset()")
    page.run("answer")
    assert page.sources() == [*before[:at], shipped, shipped, *before[at + 1 :]]
    assert (lab.root / "exercises" / "02_pooling_exercise.before-reset.ipynb").exists()


def test_nothing_is_asked_of_the_learner_or_of_the_network(
    browser: Chrome, lab: JupyterLab
) -> None:
    (lab.root / "short.ipynb").write_text(new_notebook(answer="6 * 7"), encoding="utf-8")
    browser.get_log("performance")  # type: ignore[no-untyped-call]
    page = NotebookPage(browser, lab, "short.ipynb")
    page.run_all()
    assert page.text() == "42"
    assert requested_elsewhere(browser, lab) == []
    shown = browser.execute_script(
        "return [...document.querySelectorAll('.jp-Dialog, .Toastify__toast')]"
        ".map(element => element.innerText)"
    )
    assert shown == []


def requested_elsewhere(browser: Chrome, lab: JupyterLab) -> list[str]:
    """Requests that left this machine, or asked the server for news or updates."""
    urls = []
    for entry in browser.get_log("performance"):  # type: ignore[no-untyped-call]
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            urls.append(message["params"]["request"]["url"])
    assert any(url.startswith(lab.url) for url in urls)
    own = (f"{lab.url}/", "data:", "blob:")
    return [
        url
        for url in urls
        if not url.startswith(own) or "/lab/api/news" in url or "/lab/api/update" in url
    ]
