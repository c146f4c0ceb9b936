"""The setup script, on a small project with a small lock file and a difficult path."""

import os
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
    files = ("requirements.lock", "requirements-dev.lock")
    lock = "".join((ROOT / name).read_text(encoding="utf-8") for name in files)
    return "".join(
        entry for entry in re.split(r"(?<=\n)(?=\S)", lock) if entry.partition("==")[0] in packages
    )


def write_project(root: Path) -> None:
    (root / "scripts").mkdir(parents=True)
    for script in ("setup.py", "installing.py"):
        shutil.copy(ROOT / "scripts" / script, root / "scripts")
    (root / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (root / "requirements.lock").write_text(lock_of(*PACKAGES), encoding="utf-8")
    (root / "small.py").write_text("def main():\n    print('it runs')\n", encoding="utf-8")


def command(root: Path) -> list[str]:
    return [sys.executable, "-X", "utf8", str(root / "scripts/setup.py")]


def set_up(root: Path) -> str:
    """Run the script; returns its output."""
    completed = subprocess.run(command(root), capture_output=True, encoding="utf-8", check=False)
    assert completed.returncode == 0, completed.stdout + completed.stderr
    return completed.stdout


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
def _bytecode_next_to_the_sources() -> Iterator[None]:
    """As usual, so that it is deleted with these temporary environments."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONPYCACHEPREFIX", raising=False)
        yield


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that has been set up."""
    root = tmp_path_factory.mktemp("projet à essayer")
    write_project(root)
    if not can_download(root):
        pytest.skip("no network connection")
    assert "ready" in set_up(root)
    return root


def can_download(directory: Path) -> bool:
    lock = directory / "requirements.lock"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--requirement"]
    to = ["--dest", str(directory / "downloads")]
    return (
        subprocess.run([*command, str(lock), *to], capture_output=True, check=False).returncode == 0
    )


def test_creates_an_environment_in_a_path_with_a_space_and_an_accent(project: Path) -> None:
    assert runs(project)
    assert {*PACKAGES, "small"} <= installed(project)


def test_does_nothing_if_the_environment_is_up_to_date(project: Path) -> None:
    stamp = project / ".venv/course-setup.json"
    before = stamp.stat().st_mtime_ns
    assert set_up(project) == ""
    assert stamp.stat().st_mtime_ns == before


def test_installs_again_after_a_change_of_the_lock_file(project: Path) -> None:
    lock = project / "requirements.lock"
    lock.write_text(lock_of(*PACKAGES, "iniconfig"), encoding="utf-8")
    assert "Creating" not in set_up(project)
    assert "iniconfig" in installed(project)


def test_reinstalls_a_removed_package(project: Path) -> None:
    (package,) = (project / ".venv").rglob("pathspec-*.dist-info")
    shutil.rmtree(package)
    set_up(project)
    assert "pathspec" in installed(project)


def test_completes_an_interrupted_setup(project: Path) -> None:
    (project / ".venv/course-setup.json").unlink()
    (package,) = (project / ".venv").rglob("small-*.dist-info")
    shutil.rmtree(package)
    assert "Creating" not in set_up(project)
    assert {"small"} <= installed(project)


def test_installs_what_tests_need_once_it_is_asked_for(project: Path) -> None:
    dev = project / "requirements-dev.lock"
    dev.write_text(lock_of("iniconfig"), encoding="utf-8")
    subprocess.run([*command(project), "--dev"], check=True)
    assert "iniconfig" in installed(project)
    (package,) = (project / ".venv").rglob("iniconfig-*.dist-info")
    shutil.rmtree(package)
    set_up(project)
    assert "iniconfig" in installed(project)


def test_installs_into_the_environment_whatever_is_configured(
    project: Path, tmp_path: Path
) -> None:
    """``project`` says that there is a network."""
    assert project.exists()
    root, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    write_project(root)
    configuration = tmp_path / "pip.conf"
    configuration.write_text(
        f"[global]\nuser = true\n[install]\ntarget = {elsewhere}\nprefix = {elsewhere}\n"
    )
    hostile = {
        "PIP_CONFIG_FILE": str(configuration),
        "PIP_REQUIRE_VIRTUALENV": "1",
        "REQUESTS_CA_BUNDLE": str(tmp_path / "gone.pem"),
        **dict.fromkeys(("PIP_USER", "PIP_DRY_RUN", "UV_SYSTEM_PYTHON"), "1"),
        **{name: str(elsewhere) for name in ("PIP_TARGET", "PIP_PREFIX", "UV_TARGET", "UV_PREFIX")},
    }
    completed = subprocess.run(
        command(root), env={**os.environ, **hostile}, capture_output=True, text=True, check=False
    )
    assert completed.returncode == 0, completed.stderr
    assert "REQUESTS_CA_BUNDLE is ignored, because" in completed.stdout
    assert runs(root)
    assert {*PACKAGES, "small"} <= installed(root)
    assert not elsewhere.exists()


def test_a_socks_proxy_is_named(tmp_path: Path) -> None:
    write_project(tmp_path)
    proxy = {"ALL_PROXY": "socks5://127.0.0.1:9", "PIP_INDEX_URL": "https://index.invalid/simple"}
    before = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    completed = subprocess.run(
        command(tmp_path),
        env={**before, **proxy, "UV_CACHE_DIR": str(tmp_path / "cache"), "PIP_RETRIES": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == 1
    assert "ALL_PROXY names a SOCKS proxy, which pip cannot use. Set HTTPS_PROXY" in (
        completed.stderr
    )


def test_rejects_a_package_with_the_wrong_hash(project: Path) -> None:
    lock = project / "requirements.lock"
    right = lock.read_text(encoding="utf-8")
    wrong = re.sub(r"(?<=--hash=sha256:)\w+", "0" * 64, lock_of("markupsafe"))
    lock.write_text(right + wrong, encoding="utf-8")
    completed = subprocess.run(command(project), capture_output=True, text=True, check=False)
    lock.write_text(right, encoding="utf-8")
    assert completed.returncode == 1
    assert "could not be installed" in completed.stderr
    assert "markupsafe" not in installed(project)


def lose_python(root: Path) -> None:
    for python in (root / ".venv" / BIN).glob("python*"):
        python.unlink()


def lose_pip_and_stamp(root: Path) -> None:
    (root / ".venv/course-setup.json").unlink()
    for package in (root / ".venv").rglob("pip"):
        shutil.rmtree(package, ignore_errors=True)


def only_move(root: Path) -> None:
    """Copying an environment is enough to break it."""


@pytest.mark.parametrize("damage", [lose_python, lose_pip_and_stamp, only_move])
def test_recreates_an_environment_that_cannot_be_repaired(
    project: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(project, copy, symlinks=True)
    damage(copy)
    # It stops at the first thing that creating an environment needs and this Python lacks.
    assert (
        "ensurepip"
        in subprocess.run(
            without_ensurepip(copy), capture_output=True, text=True, check=False
        ).stderr
    )


def test_a_recreated_environment_works(project: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(project, moved, symlinks=True)
    (moved / "small.py").write_text("def main():\n    print('moved')\n", encoding="utf-8")
    assert "Creating" in set_up(moved)
    assert subprocess.check_output([moved / ".venv" / BIN / "small"], text=True) == "moved\n"


def without_ensurepip(root: Path) -> list[str]:
    program = (
        "import runpy, sys; sys.modules['ensurepip'] = None; sys.argv = [sys.argv[1]];"
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    return [sys.executable, "-c", program, str(root / "scripts/setup.py")]


def test_names_the_package_that_debian_leaves_out(tmp_path: Path) -> None:
    write_project(tmp_path)
    command = without_ensurepip(tmp_path)
    completed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert completed.returncode == 1
    assert "apt install python3-venv" in completed.stderr
    assert completed.stderr.count("\n") == 1
