import shutil
from hashlib import sha256
from importlib import import_module
from pathlib import Path

import pytest

from app.lab.services.seed import fingerprint
from app.lab.services.seed.tables import COLUMNS, Tables

# After a deliberate change to the rows, replace these with what the failing test shows.
DIGESTS = {
    "categories": "1e35733b2e73be02",
    "products": "a11acacf7774d866",
    "accounts": "0ea2e6d3a0a119eb",
    "orders": "8f3dfeb957da3206",
    "order_lines": "c48b8a0726bd1585",
    "posts": "d71b6c8daa3e4b89",
    "comments": "202f205b61ce22ec",
}


@pytest.mark.parametrize("table", COLUMNS)
def test_rows_are_the_same_on_every_machine(tables: Tables, table: str) -> None:
    digest = sha256()
    for row in tables.rows(table):
        digest.update("\t".join(map(str, row)).encode() + b"\n")
    assert digest.hexdigest()[:16] == DIGESTS[table]


def test_the_fingerprint_is_twelve_hexadecimal_digits() -> None:
    assert len(fingerprint()) == 12
    assert int(fingerprint(), 16) >= 0
    assert fingerprint() == fingerprint()


@pytest.mark.parametrize("changed", ["DATA_FILE", "MODELS", "PACKAGE"])
def test_the_fingerprint_changes_with_everything_that_shapes_the_rows(
    changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fingerprint()
    module = import_module("app.lab.services.seed.fingerprint")
    original: Path = getattr(module, changed)
    copy = tmp_path / original.name
    if original.is_dir():
        shutil.copytree(original, copy)
    else:
        shutil.copy(original, copy)
    monkeypatch.setattr(module, changed, copy)
    assert fingerprint() == before

    edited = copy / "words.py" if copy.is_dir() else copy
    edited.chmod(0o644)
    edited.write_bytes(edited.read_bytes() + b"#")
    assert fingerprint() != before
