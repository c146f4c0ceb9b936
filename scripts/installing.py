"""Runs uv and pip so that they install into `.venv`, whatever their user has configured.

Their settings about the network (index, proxy, certificates) are kept. Those about the target
(user, target, prefix) or the choice of packages are not.
"""

from __future__ import annotations

import ast
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

PIP_SETTINGS = frozenset(
    {
        "cache-dir",
        "cert",
        "client-cert",
        "default-timeout",
        "extra-index-url",
        "find-links",
        "index-url",
        "keyring-provider",
        "no-cache-dir",
        "no-index",
        "proxy",
        "retries",
        "timeout",
        "trusted-host",
    }
)
UV_SETTINGS = (
    "UV_CACHE_DIR",
    "UV_CONCURRENT_",
    "UV_CONFIG_FILE",
    "UV_DEFAULT_INDEX",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_HTTP_",
    "UV_INDEX",
    "UV_INSECURE_HOST",
    "UV_KEYRING_PROVIDER",
    "UV_LINK_MODE",
    "UV_NATIVE_TLS",
    "UV_REQUEST_",
    "UV_SYSTEM_CERTS",
)
"""Prefixes."""
PATHS = (
    "CURL_CA_BUNDLE",
    "PIP_CERT",
    "PIP_CLIENT_CERT",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "UV_CONFIG_FILE",
)
"""Variables that are left out if what they name does not exist."""
PROXIES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY")


class Installer:
    """uv and pip of the environment whose interpreter is ``python``."""

    def __init__(self, python: Path) -> None:
        self._python = str(python)
        self._pip: dict[str, str] | None = None

    def uv(self, *arguments: str, quiet: bool = False) -> bool:
        """Run ``uv pip install``; returns whether it succeeded."""
        command = ["-m", "uv", "pip", "install", "--python", self._python, *arguments]
        return self._run(command, for_uv(os.environ), quiet=quiet)

    def pip(self, *arguments: str, quiet: bool = False) -> bool:
        """Run ``pip install``; returns whether it succeeded."""
        if self._pip is None:
            self._pip = for_pip(os.environ, self._configured())
        command = ["-m", "pip", "install", "--quiet", "--no-input", *arguments]
        return self._run(command, self._pip, quiet=quiet)

    def _run(self, arguments: list[str], environment: dict[str, str], *, quiet: bool) -> bool:
        output = subprocess.DEVNULL if quiet else None
        command = [self._python, "-I", *arguments]
        completed = subprocess.run(
            command, env=environment, stdout=output, stderr=output, check=False
        )
        return completed.returncode == 0

    def _configured(self) -> str:
        """What pip's configuration files say."""
        completed = subprocess.run(
            [self._python, "-I", "-X", "utf8", "-m", "pip", "config", "list"],
            env=for_listing(os.environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        return completed.stdout


def for_uv(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment in which uv runs."""
    kept = _without_pip(environ)
    return {
        name: value
        for name, value in kept.items()
        if not name.startswith("UV_") or name.startswith(UV_SETTINGS)
    }


def for_pip(environ: Mapping[str, str], configured: str) -> dict[str, str]:
    """The environment in which pip runs. ``configured`` is what ``pip config list`` prints."""
    settings: dict[str, dict[str, str]] = {"global": {}, "install": {}}
    for line in configured.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if section in settings and name in PIP_SETTINGS:
            settings[section][name] = str(ast.literal_eval(value))
    variables = {
        _variable(name): value for part in settings.values() for name, value in part.items()
    }
    given = {
        name: value
        for name, value in _with_existing_paths(environ).items()
        if name in {_variable(setting) for setting in PIP_SETTINGS}
    }
    # With this value, pip reads no configuration file at all.
    return {**_without_pip(environ), **variables, **given, "PIP_CONFIG_FILE": os.devnull}


def for_listing(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment in which ``pip config list`` shows all of pip's configuration files."""
    file = {name: value for name, value in environ.items() if name == "PIP_CONFIG_FILE"}
    # A file that says “user” would limit it to the file of that kind.
    return {**_without_pip(environ), **file, **dict.fromkeys(("PIP_USER", "PIP_GLOBAL"), "0")}


def socks_proxy(environ: Mapping[str, str]) -> str | None:
    """The variable that names a SOCKS proxy, if one does. pip cannot use such proxies."""
    for name in (*PROXIES, *map(str.lower, PROXIES)):
        if environ.get(name, "").lower().startswith("socks"):
            return name
    return None


def missing_paths(environ: Mapping[str, str]) -> list[str]:
    """The variables that name a file or a directory that does not exist."""
    return [name for name in PATHS if environ.get(name) and not Path(environ[name]).exists()]


def _variable(setting: str) -> str:
    return "PIP_" + setting.upper().replace("-", "_")


def _without_pip(environ: Mapping[str, str]) -> dict[str, str]:
    kept = _with_existing_paths(environ)
    return {name: value for name, value in kept.items() if not name.startswith("PIP_")}


def _with_existing_paths(environ: Mapping[str, str]) -> dict[str, str]:
    missing = missing_paths(environ)
    return {name: value for name, value in environ.items() if name not in missing}
