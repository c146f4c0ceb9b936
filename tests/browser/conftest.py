"""A browser without a window, and JupyterLab on a work copy of the course."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from app.lab.authoring.project import this_project
from app.lab.learner.work_copy.place import WorkCopy
from app.lab.learner.work_copy.update import update
from tests.browser.jupyter import JupyterLab, running_jupyterlab
from tests.programs import find_program

COURSE = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless=new",
    "--no-sandbox",  # root has none
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--window-size=1280,1600",
)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(find_program(*BROWSERS))
    profile = tmp_path_factory.mktemp("profile")
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    # Named, so that selenium looks for no driver and downloads none.
    driver = webdriver.Chrome(options, Service(str(find_program("chromedriver"))))
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterLab]:
    root = tmp_path_factory.mktemp("course")
    update(WorkCopy(this_project(), root))
    with running_jupyterlab(root, tmp_path_factory.mktemp("jupyter"), free_port()) as lab:
        yield lab


@pytest.fixture(autouse=True)
def picture_of_the_end(browser: webdriver.Chrome, tmp_path: Path) -> Iterator[None]:
    """What the browser showed last, kept in the test's own directory."""
    yield
    browser.save_screenshot(str(tmp_path / "end.png"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
