"""FastAPI, Flask and Django: run in the course's own environment."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from app.lab.tools.frameworks.framework import FOLDER, Framework, Missing

PACKAGE = "app.lessons.frameworks"


@dataclass(frozen=True)
class PythonStart:
    framework: Framework
    versions: Mapping[str, str]
    server: Sequence[str]
    """The command's arguments, without the port."""
    takes_port: bool = False

    def command(self, port: int, processes: int) -> list[str]:
        options = ["--port", str(port), "--workers", str(processes)] if self.takes_port else []
        # -P: a file in the current directory must not replace the package of the same name.
        return [sys.executable, "-P", *self.server, *options]

    def variables(self, processes: int, connections: int) -> dict[str, str]:  # noqa: ARG002
        return {}


def start_fastapi(framework: Framework) -> PythonStart | Missing:
    server = [
        *("-m", "uvicorn", f"{PACKAGE}.fastapi.app:create_app", "--factory"),
        *("--host", "127.0.0.1", "--no-access-log", "--log-level", "warning"),
    ]
    return _start(framework, ("fastapi", "uvicorn", "asyncpg", "sqlalchemy", "pydantic"), server)


def start_flask(framework: Framework) -> PythonStart | Missing:
    packages = ("flask", "gunicorn", "psycopg", "sqlalchemy", "pydantic")
    return _start(framework, packages, _gunicorn(framework, "app:create_app()"))


def start_django(framework: Framework) -> PythonStart | Missing:
    packages = ("django", "djangorestframework", "gunicorn", "psycopg")
    return _start(framework, packages, _gunicorn(framework, "wsgi"))


def _gunicorn(framework: Framework, application: str) -> list[str]:
    configuration = str(FOLDER / framework.slug / "gunicorn_conf.py")
    target = f"{PACKAGE}.{framework.slug}.{application}"
    # The socket would be in the user's home, and is for programs that control Gunicorn.
    return ["-m", "gunicorn", "--config", configuration, "--no-control-socket", target]


def _start(
    framework: Framework, packages: Sequence[str], server: Sequence[str]
) -> PythonStart | Missing:
    if "gunicorn" in packages and sys.platform == "win32":
        return Missing(framework, "Gunicorn does not run on Windows. Use WSL.")
    try:
        versions = {name: version(name) for name in packages}
    except PackageNotFoundError as error:
        return Missing(framework, f"The package {error.name} is not installed. Run `make setup`.")
    versions = {"python": sys.version.split()[0], **versions}
    return PythonStart(framework, versions, server, takes_port="uvicorn" in packages)
