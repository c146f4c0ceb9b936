"""The full comparison of all five frameworks, in short mode."""

import json
import os
import subprocess
import sys

import pytest

from app.cli import main
from app.lab.tools.frameworks.comparisons import Comparisons
from app.lab.tools.frameworks.jobs import JOBS
from tests.lab.tools.frameworks.conftest import SLUGS, require

pytestmark = pytest.mark.slow


@pytest.fixture
def found(compared: Comparisons) -> Comparisons:
    """The comparison, if all five could run."""
    for slug in SLUGS:
        require(slug)
    return compared


def test_all_five_did_every_job(found: Comparisons) -> None:
    rows = [(row.framework.slug, row.job.slug, row.access) for row in found.rows]
    assert sorted(rows) == sorted(
        (slug, job.slug, access) for slug in SLUGS for job in JOBS for access in job.accesses
    )
    assert (found.missing, found.wrong) == ((), {})


def test_every_row_is_complete(found: Comparisons) -> None:
    for row in found.rows:
        assert row.errors == 0, (row.framework.slug, row.job.slug, row.access, row.problems)
        assert row.rps.ratio > 0
        assert row.p50_ms
        assert row.cpu_us
        assert row.memory_mb
        assert row.memory_mb > 5


def test_counts_are_in_the_rows(found: Comparisons) -> None:
    row = found.row("fastapi", "orders", "fastest")
    assert row is not None
    assert (row.statements, row.round_trips) == (1, 1)
    assert found.row("fastapi", "orders", "usual", processes=99) is None


def test_a_request_costs_python_more_than_go(found: Comparisons) -> None:
    flask, gin = found.row("flask", "echo"), found.row("gin", "echo")
    assert flask is not None
    assert gin is not None
    assert (flask.cpu_us or 0) > 2 * (gin.cpu_us or 0)


def test_it_renders_as_text_html_and_json(found: Comparisons) -> None:
    text, html = str(found), found._repr_html_()
    for framework in found.frameworks:
        assert framework.title in text
        assert f"{framework.article:,}" in text
        assert framework.title in html
    assert "<img" in html
    assert 'alt="Requests per second' in html
    data = json.loads(json.dumps(found.to_json()))
    assert len(data["rows"]) == len(found.rows)
    assert set(data["versions"]) == {*SLUGS, "postgresql"}
    assert data["lines"]["django"] > 50


def test_the_command_prints_json_for_a_selection() -> None:
    require("gin")
    command = [sys.executable, "-c", "from app.cli import main; main()"]
    completed = subprocess.run(
        [*command, "frameworks", "fastapi", "gin", "--json"],
        env={**os.environ, "COURSE_SHORT": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert {row["framework"] for row in json.loads(completed.stdout)["rows"]} == {"fastapi", "gin"}
    assert completed.stderr == ""


def test_an_unknown_name_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["frameworks", "rails"])
    assert end.value.code == 1
    assert "There is no framework 'rails'" in capsys.readouterr().err
