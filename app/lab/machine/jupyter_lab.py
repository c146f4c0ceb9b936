"""Opens JupyterLab at the first notebook of the work copy, and keeps the services running."""

import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from app.course.errors import CourseError
from app.lab.authoring.project import Project
from app.lab.environment import prepare_jupyter, writable_directories
from app.lab.learner.work_copy.place import this_work_copy
from app.lab.learner.work_copy.update import update

if TYPE_CHECKING:
    from app.lab.services import Client

PORT_RETRIES = 50
SETTINGS = Path(__file__).parent / "jupyter"
"""The course's settings for JupyterLab, in the layout of a Jupyter configuration directory."""


def run(port: int, *, browser: bool = True) -> None:
    """Bring the work copy up to date and run JupyterLab on it; blocks until it exits."""
    prepare_jupyter()
    work = this_work_copy()
    for line in update(work):
        print(line, flush=True)
    # Use this environment's kernel even if the user has another one with the same name.
    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    paths = [str(SETTINGS), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
    from jupyterlab.labapp import LabApp  # type: ignore[import-untyped]

    services = BackgroundConnection()
    services.start()
    try:
        with writable_directories():
            LabApp.launch_instance(argv=flags(work.course, port, browser=browser))
    finally:
        services.close()


def flags(course: Project, port: int, *, browser: bool) -> list[str]:
    """JupyterLab's command line for the notebooks in ``course.root``: no confirmation on exit, no
    requests to the internet."""
    import zmq

    first = course.notebook(course.published[0], "lesson").relative_to(course.root)
    options = [
        f"--ServerApp.root_dir={course.root}",
        f"--LabApp.default_url=/lab/tree/{first.as_posix()}",
        f"--ServerApp.port={port}",
        f"--ServerApp.port_retries={PORT_RETRIES}",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.answer_yes=True",
        "--Application.log_level=WARN",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.news_url=None",
        "--LabApp.extension_manager=readonly",
    ]
    if zmq.has("curve"):
        # Otherwise each kernel warns that its connection is not encrypted.
        options.append("--KernelManager.transport_encryption=auto")
    if not browser:
        options.append("--no-browser")
    if sys.platform != "win32" and os.geteuid() == 0:
        options.append("--allow-root")
    return options


class BackgroundConnection:
    """Connects to the services in the background, so that JupyterLab starts without delay. The
    connection keeps them running."""

    def __init__(self) -> None:
        self._client: Client | None = None
        self._closed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._connect, name="services", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _connect(self) -> None:
        from app.lab.services import connect

        try:
            client = connect("JupyterLab")
        except CourseError as error:
            print(f"{error.title}: {error}", file=sys.stderr)
            return
        for service in (client.postgres, client.redis):
            if service.problem:
                print(service.problem, file=sys.stderr)
        with self._lock:
            self._client = client
            closed = self._closed
        if closed:
            client.close()

    def close(self) -> None:
        with self._lock:
            self._closed = True
        if self._client is not None:
            self._client.close()
