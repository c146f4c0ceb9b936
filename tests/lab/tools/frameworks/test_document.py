"""The README's table of the frameworks, made from saved figures."""

from pathlib import Path
from typing import Any

from app.lab.tools.frameworks.document import frameworks_table, save_figures

FIGURES: dict[str, Any] = {
    "machine": {
        "date": "1 May 2030",
        "cores": 8,
        "processor": "a processor",
        "memory_gb": 16,
        "system": "Linux x86_64",
    },
    "versions": {"fastapi": {"fastapi": "1.0"}, "postgresql": {"postgresql": "18.4"}},
    "lines": {"fastapi": 200},
    "rows": [
        {
            "framework": "fastapi",
            "job": "product",
            "access": "fastest",
            "processes": processes,
            "rps": rps,
        }
        for processes, rps in ((1, 5432.1), (8, 9999.0))
    ],
}


def test_there_is_no_table_without_figures(tmp_path: Path) -> None:
    assert frameworks_table(tmp_path) is None


def test_a_row_for_each_framework_next_to_the_articles_claim(tmp_path: Path) -> None:
    save_figures(tmp_path, FIGURES)
    table = frameworks_table(tmp_path)
    assert table is not None
    rows = [line for line in table.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 5
    assert len({row.count("|") for row in rows}) == 1
    assert rows[2] == "| FastAPI | 42,000 | – | – | 5,432 | – | – | – | 200 |"
    assert rows[3].startswith("| Flask | 8,000 | – |")
    last = table.splitlines()[-1]
    assert "1 May 2030, 8 cores (a processor), 16 GB, Linux x86_64" in last
    assert "fastapi 1.0, postgresql 18.4" in last
