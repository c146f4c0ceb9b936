"""The frameworks' servers start whatever is set or lies in the way, and leave the home alone."""

import os
from pathlib import Path

import pytest

from app.lab.load import Request
from app.lab.services import Lease
from app.lab.tools.frameworks.answers import fetch
from app.lab.tools.frameworks.environment import libpq_variables
from app.lab.tools.frameworks.server import serve
from tests.lab.environment.variables import together
from tests.lab.tools.frameworks.conftest import SLUGS, require

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("slug", SLUGS)
def test_a_server_starts_and_leaves_the_home_alone(
    slug: str, lease: Lease, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = require(slug)
    home, beside = tmp_path / "home", tmp_path / "beside"
    for folder in (home, beside):
        folder.mkdir()
    for name in ("app", "django", "fastapi", "flask", "gunicorn", "psycopg", "uvicorn"):
        (beside / f"{name}.py").write_text("raise ImportError('not this one')\n")
    for name, value in together().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(beside)
    with serve(start, libpq_variables(lease.database_url), connections=2) as server:
        assert fetch(server.url, Request("/fast/products/1")).status == 200
        assert fetch(server.url, Request("/products/1")).status == 200
    assert os.listdir(home) == []  # noqa: PTH208
