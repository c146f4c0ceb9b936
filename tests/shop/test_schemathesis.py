"""The API tested against its own OpenAPI document: no 5xx, every response as documented."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.lab.serving.server import Server
from app.shop import create_app
from app.shop.settings import Settings
from tests.shop.auth import bearer
from tests.shop.writing import private_database

MIN_CASES = 1_000
EXCLUDED = {
    # A well-formed request may still be rejected: there is no product 0.
    "positive_data_acceptance",
    # If several routes share a path, Starlette lists only the methods of the first.
    "allow_header_conformance",
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with private_database() as database_url:
        server = Server(create_app(Settings(database_url=database_url)))
        yield server.url
        server.stop()


@pytest.mark.slow
def test_the_api_conforms_to_its_openapi_document(url: str, tmp_path: Path) -> None:
    token = bearer(1, "catalog:write", "orders:write", "community:write")
    ran = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("schemathesis")), "run", f"{url}/openapi.json"),
            *("--header", f"Authorization: {token['Authorization']}"),
            # Each response is a hundred megabytes long, and has tests of its own.
            *("--exclude-path", "/api/export/order-lines"),
            *("--exclude-checks", ",".join(sorted(EXCLUDED))),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", "20"),
            *("--seed", "1", "--no-color"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-8_000:]
    generated = re.search(r"([\d,]+) generated", ran.stdout)
    assert generated, ran.stdout[-2_000:]
    assert int(generated[1].replace(",", "")) >= MIN_CASES
