"""A missing toolchain is explained in one line; an installed one builds once."""

import json
import re
from pathlib import Path

import pytest

from app.course.errors import CourseError
from app.lab.tools.frameworks import golang, node
from app.lab.tools.frameworks.building import BuildError, build_once, run_tool
from app.lab.tools.frameworks.five import EXPRESS, FLASK, GIN, prepare
from app.lab.tools.frameworks.framework import Framework, Missing
from app.lab.tools.frameworks.python import start_flask

LOCK = EXPRESS.folder / "package-lock.json"


def remedy(found: object, framework: Framework) -> str:
    assert isinstance(found, Missing)
    assert found.framework is framework
    assert "\n" not in found.remedy
    return found.remedy


def test_without_go_or_node_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert "apt install golang-go" in remedy(golang.start_gin(GIN), GIN)
    assert "apt install nodejs npm" in remedy(node.start_express(EXPRESS), EXPRESS)


def test_the_remedy_contains_the_tools_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, text in {"node": "echo v22.1.0", "npm": "echo no network >&2; exit 1"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "home"))
    assert "no network" in remedy(node.start_express(EXPRESS), EXPRESS)


def test_an_old_node_is_rejected(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "node").write_text("#!/bin/sh\necho v16.0.0\n", encoding="utf-8")
    (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert "v16.0.0 is older" in remedy(node.start_express(EXPRESS), EXPRESS)


def test_windows_has_no_gunicorn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    assert "WSL" in remedy(start_flask(FLASK), FLASK)


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(CourseError, match=r"no framework 'rails'.*fastapi, flask"):
        prepare(["rails"])


def test_each_version_of_the_sources_is_built_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "home"))
    source = tmp_path / "main.go"
    builds: list[Path] = []

    def build() -> Path:
        return build_once("x", [source], "tool 1", builds.append)

    source.write_text("one", encoding="utf-8")
    first = build()
    assert build() == first
    assert (first / "main.go").read_text(encoding="utf-8") == "one"
    source.write_text("two", encoding="utf-8")
    assert build() != first
    assert len(builds) == 2
    assert not first.exists()


def test_a_failed_build_is_retried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "home"))
    source = tmp_path / "main.go"
    source.touch()

    def fail(folder: Path) -> None:
        run_tool(["sh", "-c", "echo first; echo last >&2; exit 3"], folder, {})

    for _ in range(2):
        with pytest.raises(BuildError, match=r"^last$"):
            build_once("x", [source], "tool 1", fail)


def test_the_lock_file_contains_no_urls() -> None:
    text = LOCK.read_text(encoding="utf-8")
    assert "://" not in text
    packages = {name: of for name, of in json.loads(text)["packages"].items() if name}
    assert len(packages) > 50
    for name, package in packages.items():
        assert re.fullmatch(r"sha512-[\w+/]+=*", package["integrity"]), name
        assert "resolved" not in package, name


def test_the_lock_file_matches_the_package() -> None:
    package = json.loads((EXPRESS.folder / "package.json").read_text(encoding="utf-8"))
    locked = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    assert locked[""]["dependencies"] == package["dependencies"]
    assert locked["node_modules/express"]["version"].startswith("5.")
