"""A learner's checkout and work copy through a real ``git pull``."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.lab.authoring.notebook import read_notebook, tags_of, text_of, write_notebook
from app.lab.authoring.project import this_project
from tests.programs import find_program

pytestmark = pytest.mark.slow

FOLDERS = ("app", "docs", "exercises", "notebooks", "solutions")
FILES = (".gitignore", "README.md", "pyproject.toml")


@dataclass(frozen=True)
class Checkout:
    """The course in a Git repository."""

    root: Path

    def git(self, *arguments: str) -> str:
        return run(self.root, str(find_program("git")), *arguments)

    def course(self, *arguments: str) -> str:
        """What the command of the course in this checkout prints."""
        return run(self.root, sys.executable, "-c", "from app.cli import main; main()", *arguments)

    def replace(self, file: str, old: str, new: str) -> None:
        text = (self.root / file).read_text(encoding="utf-8")
        assert old in text, f"{file} has no {old!r}"
        (self.root / file).write_text(text.replace(old, new), encoding="utf-8")

    def write_above(self, file: str, sentence: str) -> None:
        text = (self.root / file).read_text(encoding="utf-8")
        (self.root / file).write_text(f"{sentence}\n\n{text}", encoding="utf-8")

    def texts(self, file: str) -> list[str]:
        notebook = read_notebook(self.root / "my-course" / file)
        return [text_of(cell["source"]) for cell in notebook["cells"]]


def run(root: Path, *command: str) -> str:
    environment = {
        **os.environ,
        "GIT_AUTHOR_EMAIL": "teacher@example.org",
        "GIT_AUTHOR_NAME": "Teacher",
        "GIT_COMMITTER_EMAIL": "teacher@example.org",
        "GIT_COMMITTER_NAME": "Teacher",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(root),
    }
    ran = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture
def upstream(tmp_path: Path) -> Checkout:
    checkout = Checkout(tmp_path / "upstream")
    checkout.root.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", "node_modules")
    for name in FOLDERS:
        shutil.copytree(this_project().root / name, checkout.root / name, ignore=ignored)
    for name in FILES:
        shutil.copy(this_project().root / name, checkout.root / name)
    checkout.git("init", "--quiet", "--initial-branch=main")
    commit(checkout, "Publish the course")
    return checkout


def commit(checkout: Checkout, subject: str) -> None:
    checkout.git("add", "--all")
    checkout.git("commit", "--quiet", f"--message={subject}")


def test_answers_survive_a_new_version_of_the_course(tmp_path: Path, upstream: Checkout) -> None:
    upstream.git("clone", "--quiet", str(upstream.root), str(tmp_path / "learner"))
    learner = Checkout(tmp_path / "learner")
    assert str(learner.root / "my-course") in learner.course("update")
    exercise, lesson = "exercises/02_pooling_exercise.ipynb", "notebooks/03_eager_loading.ipynb"
    answer(learner, exercise, "my_pool = 10")
    predict(learner, lesson)
    answer(learner, "exercises/19_frameworks_exercise.ipynb", "my_doubts = []")
    assert learner.git("status", "--porcelain") == ""

    upstream.write_above("app/lessons/pooling/exercise.md", "Read this first.")
    upstream.write_above("app/lessons/eager_loading/lesson.md", "Read this as well.")
    upstream.replace("app/lessons/frameworks/lesson.toml", "place = 19", "place = 20")
    upstream.replace("app/lessons/capstone/lesson.toml", "place = 20", "place = 19")
    upstream.course("build", "--no-execute")
    commit(upstream, "Publish another version")
    learner.git("pull", "--quiet")

    told = learner.course("update")
    assert told.startswith("Your copy of the course: ")
    assert told.count("\n") == 2  # the changes, and what to do with notebooks that are open
    for change in ("updated ", "renamed 20_frameworks.ipynb, 20_frameworks_exercise.ipynb"):
        assert change in told, told
    assert "my_pool = 10" in learner.texts(exercise)
    assert any("Read this first." in text for text in learner.texts(exercise))
    assert {"lab.predict(statements=21)", "my notes"} <= set(learner.texts(lesson))
    assert any("Read this as well." in text for text in learner.texts(lesson))
    assert "my_doubts = []" in learner.texts("exercises/20_frameworks_exercise.ipynb")
    assert not list((learner.root / "my-course").rglob("19_frameworks*"))
    assert not list((learner.root / "my-course").rglob("*before-update*"))
    assert "Nothing in" in learner.course("update")
    assert learner.git("status", "--porcelain") == ""


def answer(learner: Checkout, file: str, source: str) -> None:
    path = learner.root / "my-course" / file
    notebook = read_notebook(path)
    (cell,) = [cell for cell in notebook["cells"] if "answer" in tags_of(cell)]
    cell["source"] = source
    write_notebook(path, notebook)


def predict(learner: Checkout, file: str) -> None:
    """Writes a prediction and, below it, a cell of the learner's own."""
    path = learner.root / "my-course" / file
    notebook = read_notebook(path)
    places = [
        index
        for index, cell in enumerate(notebook["cells"])
        if text_of(cell["source"]).startswith("lab.predict(")
    ]
    notebook["cells"][places[0]]["source"] = "lab.predict(statements=21)"
    own = {"cell_type": "markdown", "id": "mine", "metadata": {}, "source": "my notes"}
    notebook["cells"].insert(places[0] + 1, own)
    write_notebook(path, notebook)
