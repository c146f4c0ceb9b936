"""The set-up script, on a small project with a small lock file and a difficult path."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
BIN = "Scripts" if sys.platform == "win32" else "bin"
PACKAGES = ("hatchling", "packaging", "pathspec", "pluggy", "trove-classifiers", "uv")
PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "small"
version = "1"

[project.scripts]
small = "small:main"

[tool.hatch.build]
dev-mode-dirs = ["."]
"""


def lock_of(*packages: str) -> str:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    return "".join(
        entry for entry in re.split(r"(?<=\n)(?=\S)", lock) if entry.partition("==")[0] in packages
    )


def write_project(root: Path) -> None:
    (root / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts/setup.py", root / "scripts")
    (root / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (root / "requirements.lock").write_text(lock_of(*PACKAGES), encoding="utf-8")
    (root / "small.py").write_text("def main():\n    print('it runs')\n", encoding="utf-8")


def command(root: Path) -> list[str]:
    return [sys.executable, "-X", "utf8", str(root / "scripts/setup.py")]


def set_up(root: Path) -> str:
    """What the script prints."""
    done = subprocess.run(command(root), capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def runs(root: Path) -> bool:
    command = [str(root / ".venv" / BIN / "small")]
    try:
        return subprocess.check_output(command, text=True) == "it runs\n"
    except OSError:
        return False


def installed(root: Path) -> set[str]:
    found = (root / ".venv").rglob("*.dist-info")
    return {path.name.partition("-")[0].replace("_", "-") for path in found}


@pytest.fixture(scope="module", autouse=True)
def _bytecode_beside_the_sources() -> Iterator[None]:
    """As elsewhere, and gone with them: these environments are made anew each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONPYCACHEPREFIX", raising=False)
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that is set up."""
    root = tmp_path_factory.mktemp("projet à essayer")
    write_project(root)
    if not can_download(root):
        pytest.skip("there is no network to install from")
    assert "ready" in set_up(root)
    return root


def can_download(directory: Path) -> bool:
    lock = directory / "requirements.lock"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--requirement"]
    to = ["--dest", str(directory / "downloads")]
    return (
        subprocess.run([*command, str(lock), *to], capture_output=True, check=False).returncode == 0
    )


def test_makes_an_environment_where_the_path_has_a_space_and_an_accent(made: Path) -> None:
    assert runs(made)
    assert {*PACKAGES, "small"} <= installed(made)


def test_does_nothing_when_nothing_is_to_be_done(made: Path) -> None:
    stamp = made / ".venv/course-setup.json"
    before = stamp.stat().st_mtime_ns
    assert set_up(made) == ""
    assert stamp.stat().st_mtime_ns == before


def test_installs_again_when_the_lock_file_changed(made: Path) -> None:
    lock = made / "requirements.lock"
    lock.write_text(lock_of(*PACKAGES, "iniconfig"), encoding="utf-8")
    assert "Making" not in set_up(made)
    assert "iniconfig" in installed(made)


def test_brings_back_what_was_removed(made: Path) -> None:
    (package,) = (made / ".venv").rglob("pathspec-*.dist-info")
    shutil.rmtree(package)
    set_up(made)
    assert "pathspec" in installed(made)


def test_completes_what_was_interrupted(made: Path) -> None:
    (made / ".venv/course-setup.json").unlink()
    (package,) = (made / ".venv").rglob("small-*.dist-info")
    shutil.rmtree(package)
    assert "Making" not in set_up(made)
    assert {"small"} <= installed(made)


def test_refuses_a_package_whose_hash_is_another(made: Path) -> None:
    lock = made / "requirements.lock"
    right = lock.read_text(encoding="utf-8")
    wrong = re.sub(r"(?<=--hash=sha256:)\w+", "0" * 64, lock_of("markupsafe"))
    lock.write_text(right + wrong, encoding="utf-8")
    done = subprocess.run(command(made), capture_output=True, text=True, check=False)
    lock.write_text(right, encoding="utf-8")
    assert done.returncode == 1
    assert "could not be installed" in done.stderr
    assert "markupsafe" not in installed(made)


def lose_python(root: Path) -> None:
    for python in (root / ".venv" / BIN).glob("python*"):
        python.unlink()


def lose_pip_and_stamp(root: Path) -> None:
    (root / ".venv/course-setup.json").unlink()
    for package in (root / ".venv").rglob("pip"):
        shutil.rmtree(package, ignore_errors=True)


def come_from_elsewhere(root: Path) -> None:
    """The copy itself is all it takes."""


@pytest.mark.parametrize("damage", [lose_python, lose_pip_and_stamp, come_from_elsewhere])
def test_makes_anew_what_cannot_be_mended(
    made: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(made, copy, symlinks=True)
    damage(copy)
    # It stops at the first thing that a new environment needs and this Python does not have.
    assert (
        "ensurepip"
        in subprocess.run(
            without_ensurepip(copy), capture_output=True, text=True, check=False
        ).stderr
    )


def test_the_environment_made_anew_runs(made: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(made, moved, symlinks=True)
    (moved / "small.py").write_text("def main():\n    print('moved')\n", encoding="utf-8")
    assert "Making" in set_up(moved)
    assert subprocess.check_output([moved / ".venv" / BIN / "small"], text=True) == "moved\n"


def without_ensurepip(root: Path) -> list[str]:
    program = (
        "import runpy, sys; sys.modules['ensurepip'] = None; sys.argv = [sys.argv[1]];"
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    return [sys.executable, "-c", program, str(root / "scripts/setup.py")]


def test_says_what_debian_leaves_out(tmp_path: Path) -> None:
    write_project(tmp_path)
    done = subprocess.run(without_ensurepip(tmp_path), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr
    assert done.stderr.count("\n") == 1
