"""JupyterLab and a notebook in it, as someone at a browser sees them."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

from app.lab.authoring.project import this_project
from app.lab.machine.jupyter_lab import SETTINGS, flags

TOKEN = "browser-tests"


@dataclass(frozen=True)
class JupyterLab:
    url: str
    root: Path


@contextmanager
def running_jupyterlab(root: Path, home: Path, port: int) -> Iterator[JupyterLab]:
    """JupyterLab on the files below ``root``, with the course's settings and nobody's own."""
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_CONFIG_PATH": str(SETTINGS),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
    }
    options = [
        *flags(replace(this_project(), root=root), port, browser=False),
        f"--IdentityProvider.token={TOKEN}",
        "--LabApp.expose_app_in_browser=True",
    ]
    command = [sys.executable, "-m", "jupyterlab", *options]
    log = home / "jupyterlab.log"
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=root, env=environment, stderr=output)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_answering(f"{url}/lab?token={TOKEN}", process, log)
        yield JupyterLab(url, root)
    finally:
        process.terminate()
        process.wait(30)


def wait_until_answering(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=10):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError(f"JupyterLab did not answer. Its log:\n{log.read_text()}")


class NotebookPage:
    """One notebook, open in JupyterLab."""

    def __init__(self, browser: WebDriver, lab: JupyterLab, path: str) -> None:
        self.browser = browser
        self.file = lab.root / path
        browser.set_script_timeout(300)
        browser.get(f"{lab.url}/lab/tree/{path}?reset&token={TOKEN}")
        self._wait(f"return window.jupyterapp?.shell.currentWidget?.context?.path === {path!r}")
        self._wait("return window.jupyterapp.shell.currentWidget.context.isReady")
        self._wait(
            "const session = window.jupyterapp.shell.currentWidget.sessionContext;"
            "return session.isReady && session.session?.kernel?.status === 'idle'"
        )

    def _wait(self, condition: str) -> None:
        WebDriverWait(self.browser, 60, poll_frequency=0.1).until(
            lambda driver: driver.execute_script(condition), condition
        )

    def run_all(self) -> None:
        """What the menu's *Run All Cells* does; returns when the last cell is done."""
        failure = self.browser.execute_async_script(
            "const done = arguments[0];"
            "window.jupyterapp.commands.execute('notebook:run-all-cells')"
            ".then(() => done(null), error => done(String(error)));"
        )
        assert failure is None, failure

    def run(self, tag: str) -> None:
        """Runs the one cell with that tag; returns when it is done."""
        failure = self.browser.execute_async_script(
            "const [tag, done] = arguments;"
            "const notebook = window.jupyterapp.shell.currentWidget.content;"
            "notebook.activeCellIndex = [...notebook.model.cells].findIndex("
            " cell => (cell.getMetadata('tags') ?? []).includes(tag));"
            "window.jupyterapp.commands.execute('notebook:run-cell')"
            ".then(() => done(null), error => done(String(error)));",
            tag,
        )
        assert failure is None, failure

    def begin(self, tag: str) -> None:
        """Starts the one cell with that tag; returns once the kernel works on it."""
        self.browser.execute_script(
            "const [tag] = arguments;"
            "const notebook = window.jupyterapp.shell.currentWidget.content;"
            "notebook.activeCellIndex = [...notebook.model.cells].findIndex("
            " cell => (cell.getMetadata('tags') ?? []).includes(tag));"
            "window.jupyterapp.commands.execute('notebook:run-cell');",
            tag,
        )
        self._wait_for_kernel("busy")

    def interrupt(self) -> None:
        """What the stop button does; returns once the kernel is idle."""
        self.browser.execute_script(
            "window.jupyterapp.commands.execute('notebook:interrupt-kernel')"
        )
        self._wait_for_kernel("idle")

    def use_theme(self, scheme: str) -> None:
        """What JupyterLab does when the system becomes ``light`` or ``dark``."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        assert isinstance(self.browser, Chrome)
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        light = str(scheme == "light").lower()
        self._wait(f"return document.body.dataset.jpThemeLight === '{light}'")

    def _wait_for_kernel(self, status: str) -> None:
        self._wait(
            "const session = window.jupyterapp.shell.currentWidget.sessionContext.session;"
            f"return session?.kernel?.status === '{status}'"
        )

    def sources(self) -> list[str]:
        """Each cell's text, as it stands in the editor."""
        sources: list[str] = self.browser.execute_script(
            "return [...window.jupyterapp.shell.currentWidget.content.model.cells]"
            ".map(cell => cell.sharedModel.getSource())"
        )
        return sources

    def write(self, tag: str, source: str) -> None:
        """Puts ``source`` into the one cell with that tag."""
        number = self.browser.execute_script(
            "const cells = [...window.jupyterapp.shell.currentWidget.content.model.cells];"
            "const [tag, source] = arguments;"
            "const tagged = cells.filter(c => (c.getMetadata('tags') ?? []).includes(tag));"
            "tagged.forEach(cell => cell.sharedModel.setSource(source));"
            "return tagged.length",
            tag,
            source,
        )
        assert number == 1, f"{number} cells are tagged {tag!r}"

    def outputs(self) -> list[list[dict[str, Any]]]:
        """Each code cell's outputs, as they would be saved."""
        outputs: list[list[dict[str, Any]]] = self.browser.execute_script(
            "return [...window.jupyterapp.shell.currentWidget.content.model.cells]"
            ".filter(cell => cell.type === 'code').map(cell => cell.outputs.toJSON())"
        )
        return outputs

    def errors(self) -> list[str]:
        return [
            f"{output['ename']}: {output['evalue']}"
            for cell in self.outputs()
            for output in cell
            if output["output_type"] == "error"
        ]

    def unfinished(self) -> int:
        """Code cells with something in them that never ran, or still do."""
        number: int = self.browser.execute_script(
            "return [...window.jupyterapp.shell.currentWidget.content.model.cells].filter(cell =>"
            " cell.type === 'code' && cell.sharedModel.getSource().trim()"
            " && !cell.executionCount).length"
        )
        return number

    def text(self) -> str:
        """All that the outputs show."""
        text: str = self.browser.execute_script(
            "return [...document.querySelectorAll('.jp-OutputArea-output')]"
            ".map(output => output.innerText || output.textContent).join('\\n')"
        )
        return text

    def pictures(self) -> list[str]:
        """The alternative text of each picture that was drawn."""
        alternatives: list[str] = self.browser.execute_async_script(
            "const done = arguments[0];"
            "const images = [...document.querySelectorAll('.jp-OutputArea-output img')];"
            "Promise.allSettled(images.map(image => image.decode())).then(() =>"
            " done(images.filter(image => image.naturalWidth > 0).map(image => image.alt)));"
        )
        return alternatives


def new_notebook(**cells: str) -> str:
    """A notebook with a code cell for each source, tagged with its name."""
    return json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
            "cells": [
                {
                    "cell_type": "code",
                    "id": tag,
                    "source": source,
                    "metadata": {"tags": [tag]},
                    "outputs": [],
                    "execution_count": None,
                }
                for tag, source in cells.items()
            ],
        }
    )


def tagged_source(notebook: Path, tag: str) -> str:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    (source,) = [cell["source"] for cell in cells if tag in cell["metadata"].get("tags", [])]
    return "".join(source)
