"""The course as an installed package, without its repository."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that the wheel was unpacked into."""
    folder = tmp_path_factory.mktemp("wheel")
    build = f"from hatchling.build import build_wheel; print(build_wheel({str(folder)!r}))"
    ran = subprocess.run(
        [sys.executable, "-c", build], cwd=ROOT, capture_output=True, text=True, check=True
    )
    installed = folder / "site-packages"
    with zipfile.ZipFile(folder / ran.stdout.strip().splitlines()[-1]) as wheel:
        wheel.extractall(installed)
    return installed


def run(package: Path, home: Path, code: str) -> str:
    """What ``code`` prints where only that package can be imported as the course."""
    environment = {
        **os.environ,
        "COURSE_HOME": str(home / "state"),
        "HOME": str(home),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(package),
        "USERPROFILE": str(home),
    }
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=home, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_work_copy_is_in_the_home_directory(package: Path, tmp_path: Path) -> None:
    told = run(package, tmp_path, "from app.cli import main; main(['update'])")
    folder = tmp_path / "high-performance-fastapi"
    assert told == f"Your own copy of the course is in {folder}.\n"
    for file in ("notebooks/00_start_here.ipynb", "docs/lab.md", "docs/load-generator.md"):
        assert (folder / file).exists()


def test_the_data_of_the_shop_is_installed(package: Path, tmp_path: Path) -> None:
    code = "from app.lab.services.seed import source; print(source.DATA_FILE)"
    data = Path(run(package, tmp_path, code).strip())
    assert data.is_relative_to(package)
    assert data.stat().st_size > 1_000_000
