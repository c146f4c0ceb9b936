"""What notebooks may import, and that it costs nothing until it is used."""

import re
import subprocess
import sys
from importlib.resources import files

import app.lab

HEAVY = {
    "fastapi",
    "sqlalchemy",
    "numpy",
    "scipy",
    "matplotlib",
    "rich",
    "httpx",
    "app.lab.session",
}


def test_every_public_name_is_there() -> None:
    assert all(hasattr(app.lab, name) for name in app.lab.__all__)
    assert not hasattr(app.lab, "nonsense")


def test_importing_the_lab_loads_nothing_heavy() -> None:
    code = f"import sys, app.lab; print(sorted({HEAVY} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_notebooks_import_from_the_lab_itself() -> None:
    imports = re.compile(r"^(?:from|import) app\.lab\.\S*.*$", re.MULTILINE)
    for folder in files("app.lessons").iterdir():
        for name in ("lesson.md", "exercise.md"):
            source = folder / name
            if source.is_file():
                assert imports.findall(source.read_text(encoding="utf-8")) == [], source
