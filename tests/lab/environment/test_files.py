"""Files beside the notebook and on PYTHONPATH do not replace modules that the course needs."""

import json
import os
from pathlib import Path

import pytest

from app.lab.authoring.execute import execute
from app.lab.authoring.notebook import new_notebook
from app.lab.authoring.source import Cell

pytestmark = pytest.mark.slow

STANDARD = ("asyncio", "http", "random", "ssl", "statistics", "types", "typing", "tempfile", "json")
PACKAGES = ("asyncpg", "fastapi", "httpx", "matplotlib", "numpy", "redis", "sqlalchemy", "uvicorn")
NAMES = ("app", *STANDARD, *PACKAGES)
USE = """
from app.lab import lab
await lab.start("pooling")
seen = await lab.get("/api/orders?limit=2")
assert seen.status == 200
assert seen._repr_html_()
assert (await lab.measure("/api/products/1", seconds=0.2)).errors == {}
"""
IMPORTS = f"""
import importlib, json
print(json.dumps({{name: importlib.import_module(name).__file__ for name in {NAMES}}}))
"""
OWN = """
import mine, lent
assert (mine.WHERE, lent.WHERE) == ("beside the notebook", "on PYTHONPATH")
lab.serve(lab.shop(mine.router, workers=2))
assert (await lab.get("/api/mine")).answer == "mine"
"""
ROUTER = """
from fastapi import APIRouter
WHERE = "beside the notebook"
router = APIRouter()

@router.get("/mine")
async def endpoint() -> str:
    return "mine"
"""
STARTUP = "raise SystemExit('the terminal only')"


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The notebook's folder and one on PYTHONPATH, each with files that have the modules' names."""
    beside, lent = tmp_path_factory.mktemp("beside"), tmp_path_factory.mktemp("lent")
    for name in NAMES:
        (beside / f"{name}.py").write_text("raise ImportError('not this one')\n")
    (beside / "mine.py").write_text(ROUTER)
    (lent / "app").mkdir()
    (lent / "app" / "__init__.py").write_text("")
    (lent / "app" / "main.py").write_text("raise ImportError('not this one')\n")
    (lent / "lent.py").write_text("WHERE = 'on PYTHONPATH'\n")
    (lent / "startup.py").write_text(STARTUP)
    for place in (lent, beside):
        (place / "matplotlibrc").write_text("text.usetex: True\nbackend: NoSuchBackend\n")
    return beside, lent


@pytest.fixture(scope="module")
def run(places: tuple[Path, Path]) -> tuple[str, dict[str, str]]:
    """The error, if any, and the file by the name of a module, in one kernel."""
    beside, lent = places
    environment = {
        **os.environ,
        "PYTHONPATH": str(lent),
        "PYTHONSTARTUP": str(lent / "startup.py"),
        "MATPLOTLIBRC": str(lent),
        "COURSE_SHORT": "1",
    }
    cells = [Cell("code", text) for text in (USE, IMPORTS, OWN)]
    notebook = new_notebook(cells, "pooling", "lesson")
    executed, failure = execute(notebook, beside, timeout=120, environment=environment)
    assert len(executed["cells"]) == 3
    outputs = executed["cells"][1]["outputs"]
    return str(failure or ""), json.loads("".join(outputs[0]["text"])) if outputs else {}


def test_a_session_works(run: tuple[str, dict[str, str]]) -> None:
    assert run[0] == ""


@pytest.mark.parametrize("name", NAMES)
def test_a_module_is_the_right_one(
    run: tuple[str, dict[str, str]], places: tuple[Path, Path], name: str
) -> None:
    assert not any(Path(run[1][name]).is_relative_to(place) for place in places)
