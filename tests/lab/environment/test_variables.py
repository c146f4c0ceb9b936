"""Whatever is set in the learner's environment, a notebook's session works."""

import json
import os
import subprocess
import sys

import pytest

from app.lab.environment import neutral
from app.lab.environment.variables import for_jupyter
from tests.lab.environment.variables import EACH, LIBPQ, NOBODY, PYTHON, SERVERS, SETTINGS

pytestmark = pytest.mark.slow
OWN_SERVERS = ("DATABASE_URL", "REDIS_URL")


@pytest.fixture(scope="module")
def outcomes() -> dict[str, str]:
    """The error by group of variables, all of them tried in one process."""
    completed = subprocess.run(
        [sys.executable, "-m", "tests.lab.environment.session"],
        input=json.dumps(EACH),
        env={name: value for name, value in os.environ.items() if name not in OWN_SERVERS},
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == 0, completed.stderr
    found: dict[str, str] = json.loads(completed.stdout)
    return {**found, "printed": completed.stderr}


@pytest.mark.parametrize("name", EACH)
def test_a_session_works(outcomes: dict[str, str], name: str) -> None:
    assert outcomes[name] == ""


def test_nothing_is_printed_about_it(outcomes: dict[str, str]) -> None:
    assert outcomes["printed"] == ""


def test_libpqs_variables_belong_to_the_server_that_the_learner_names() -> None:
    given = {name: value for group in LIBPQ.values() for name, value in group.items()}
    url = {"DATABASE_URL": "postgresql://db.example/course"}
    assert neutral(given).keys() & given.keys() == set()
    assert neutral({**given, **url}).items() >= given.items()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "127.0.0.1,localhost,::1"),
        ({"NO_PROXY": ".corp, localhost"}, ".corp,localhost,127.0.0.1,::1"),
        ({"NO_PROXY": "a", "no_proxy": "b"}, "b,127.0.0.1,localhost,::1"),
        ({"no_proxy": "*"}, "*"),
    ],
    ids=str,
)
def test_proxies_are_kept_for_other_machines(given: dict[str, str], expected: str) -> None:
    proxy = {"HTTPS_PROXY": f"http://{NOBODY}"}
    found = neutral({**given, **proxy})
    assert {value for name, value in found.items() if name.upper() == "NO_PROXY"} == {expected}
    assert found.items() >= proxy.items()


def test_jupyterlabs_terminals_keep_what_is_the_learners() -> None:
    kept = {
        name: value
        for group in (LIBPQ, SETTINGS, SERVERS)
        for name, value in {
            name: value for variables in group.values() for name, value in variables.items()
        }.items()
    }
    found = for_jupyter({**kept, **PYTHON, "JUPYTERLAB_DIR": "/elsewhere"})
    assert found == {**kept, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
