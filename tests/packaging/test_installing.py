"""uv and pip install into the environment, whatever their user has configured."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
from installing import (
    PIP_SETTINGS,
    for_listing,
    for_pip,
    for_uv,
    missing_paths,
    socks_proxy,
)

CONFIGURED = """\
global.index-url='https://mirror.example/simple'
global.user='true'
global.extra-index-url='\\nhttps://a.example\\nhttps://b.example'
install.index-url='https://install.example/simple'
install.target='/elsewhere'
install.trusted-host='mirror.example'
list.format='json'
"""
ELSEWHERE = {
    "PIP_USER": "1",
    "PIP_TARGET": "/elsewhere",
    "PIP_PREFIX": "/elsewhere",
    "PIP_ROOT": "/elsewhere",
    "PIP_REQUIRE_VIRTUALENV": "1",
    "PIP_REQUIRE_HASHES": "1",
    "PIP_NO_BINARY": ":all:",
    "PIP_CONSTRAINT": "/elsewhere/constraints.txt",
    "PIP_DRY_RUN": "1",
    "PIP_PYTHON": "/elsewhere/python",
    "UV_TARGET": "/elsewhere",
    "UV_PREFIX": "/elsewhere",
    "UV_PYTHON": "3.8",
    "UV_SYSTEM_PYTHON": "1",
    "UV_EXCLUDE_NEWER": "2001-01-01",
    "UV_NO_BINARY": "1",
    "UV_CONSTRAINT": "/elsewhere/constraints.txt",
}
NETWORK = {
    "HTTPS_PROXY": "http://proxy.example:3128",
    "PIP_INDEX_URL": "https://mine.example/simple",
    "PIP_TRUSTED_HOST": "mine.example",
    "UV_INDEX_URL": "https://mine.example/simple",
    "UV_HTTP_TIMEOUT": "300",
    "UV_SYSTEM_CERTS": "1",
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_leads_elsewhere_is_dropped(name: str) -> None:
    for environment in (for_uv(ELSEWHERE), for_pip(ELSEWHERE, CONFIGURED)):
        assert name not in environment or name.startswith("UV_")
    assert name not in for_uv(ELSEWHERE)


@pytest.mark.parametrize("name", NETWORK)
def test_settings_of_the_network_are_kept(name: str) -> None:
    environment = (for_pip(NETWORK, "") if name.startswith("PIP") else for_uv(NETWORK)) | {}
    assert environment[name] == NETWORK[name]


def test_pips_configuration_files_are_reduced_to_the_network() -> None:
    assert for_pip({}, CONFIGURED) == {
        "PIP_INDEX_URL": "https://install.example/simple",
        "PIP_EXTRA_INDEX_URL": "\nhttps://a.example\nhttps://b.example",
        "PIP_TRUSTED_HOST": "mirror.example",
        "PIP_CONFIG_FILE": os.devnull,
    }
    assert for_pip(NETWORK, CONFIGURED)["PIP_INDEX_URL"] == NETWORK["PIP_INDEX_URL"]


@pytest.mark.parametrize("section", ["global", "install"])
def test_pip_itself_reads_no_more_than_that(tmp_path: Path, section: str) -> None:
    """The real pip, with a real file."""
    file = tmp_path / "pip.conf"
    target = tmp_path / "elsewhere"
    file.write_text(f"[{section}]\nuser = true\ntarget = {target}\nindex-url = https://x.example\n")
    given = {**os.environ, "PIP_CONFIG_FILE": str(file), "PIP_USER": "1"}
    listed = configuration(for_listing(given))
    assert {f"{section}.target={str(target)!r}", f"{section}.user='true'"} <= listed
    seen = configuration(for_pip(given, "\n".join(listed)))
    assert ":env:.index-url='https://x.example'" in seen
    names = {line.partition("=")[0].rpartition(".")[2] for line in seen}
    assert names <= PIP_SETTINGS | {"config-file"}


def configuration(environment: dict[str, str]) -> set[str]:
    command = [sys.executable, "-I", "-m", "pip", "config", "list"]
    listed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return set(listed.stdout.splitlines())


def test_certificates_that_do_not_exist_are_dropped_and_named(tmp_path: Path) -> None:
    (tmp_path / "there.pem").touch()
    environ = {
        "REQUESTS_CA_BUNDLE": str(tmp_path / "there.pem"),
        "SSL_CERT_FILE": str(tmp_path / "gone.pem"),
        "PIP_CERT": str(tmp_path / "gone.pem"),
    }
    assert missing_paths(environ) == ["PIP_CERT", "SSL_CERT_FILE"]
    assert "SSL_CERT_FILE" not in for_uv(environ)
    assert for_pip(environ, "") == {
        "REQUESTS_CA_BUNDLE": environ["REQUESTS_CA_BUNDLE"],
        "PIP_CONFIG_FILE": os.devnull,
    }


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({"ALL_PROXY": "socks5://127.0.0.1:9"}, "ALL_PROXY"),
        ({"https_proxy": "SOCKS4://127.0.0.1:9"}, "https_proxy"),
        ({"HTTPS_PROXY": "http://127.0.0.1:9"}, None),
        ({}, None),
    ],
)
def test_a_socks_proxy_is_recognized(environ: dict[str, str], found: str | None) -> None:
    assert socks_proxy(environ) == found
