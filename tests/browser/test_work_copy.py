"""The work copy in JupyterLab: tabs that can be told apart, links that lead on."""

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.jupyter import JupyterLab, NotebookPage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OPEN_PATHS = "return [...window.jupyterapp.shell.widgets('main')].map(w => w.context?.path ?? '')"
TITLES = "return [...window.jupyterapp.shell.widgets('main')].map(w => w.title.label)"
LINK = """
const notebook = window.jupyterapp.shell.currentWidget.content;
const cell = notebook.widgets.find(w => w.model.sharedModel.getSource().includes(arguments[0]));
notebook.scrollToCell(cell);
return [...cell.node.querySelectorAll('a[href]')].find(a => a.innerText === arguments[0]);
"""
"""The link with that text, in a cell that may not be drawn yet."""


def follow(browser: Chrome, text: str, path: str) -> None:
    """Clicks a link in a notebook; returns when it has opened that file."""
    wait = WebDriverWait(browser, 60, poll_frequency=0.1)
    wait.until(lambda driver: driver.execute_script(LINK, text), text).click()
    wait.until(lambda driver: path in driver.execute_script(OPEN_PATHS), path)


def test_links_open_the_exercise_its_solution_and_the_next_lesson(
    browser: Chrome, lab: JupyterLab
) -> None:
    NotebookPage(browser, lab, "exercises/02_pooling_exercise.ipynb")
    follow(browser, "Why is our cheapest query so slow?", "notebooks/02_pooling.ipynb")
    titles = browser.execute_script(TITLES)
    assert {"02_pooling.ipynb", "02_pooling_exercise.ipynb"} <= set(titles)

    NotebookPage(browser, lab, "exercises/02_pooling_exercise.ipynb")
    follow(browser, "Solution 02", "solutions/02_pooling_solution.ipynb")
    NotebookPage(browser, lab, "exercises/02_pooling_exercise.ipynb")
    follow(browser, "Why is the orders page slow?", "notebooks/03_eager_loading.ipynb")
    NotebookPage(browser, lab, "exercises/02_pooling_exercise.ipynb")
    follow(browser, "four hints", "docs/lab.md")
