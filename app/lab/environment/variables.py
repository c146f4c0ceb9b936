"""Which environment variables the course's processes keep.

A learner's shell has variables for other projects, and the libraries of the course read dozens of
them: asyncpg and libpq, Uvicorn and Gunicorn, FastAPI and Django, httpx, matplotlib, and Python
itself. Whatever they say, the course has to behave the same.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

_OTHER_APPLICATIONS = (
    "DJANGO_",
    "FASTAPI_",
    "FLASK_",
    "FORWARDED_ALLOW_IPS",
    "GIN_MODE",
    "GO111MODULE",
    "GOARCH",
    "GODEBUG",
    "GOFLAGS",
    "GOGC",
    "GOMAXPROCS",
    "GOOS",
    "GUNICORN_",
    "LOCUST_",
    "NODE_ENV",
    "NODE_OPTIONS",
    "NODE_PATH",
    "OTEL_",
    "PYDANTIC_",
    "SQLALCHEMY_",
    "UVICORN_",
    "WEB_CONCURRENCY",
)
"""Prefixes of variables that configure somebody's application."""

_DATABASE_CLIENTS = "PG"
"""The prefix of libpq's variables, most of which asyncpg reads as well."""

_PYTHON = "PYTHON"
_PYTHON_KEPT = frozenset(
    {
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONHASHSEED",
        "PYTHONNOUSERSITE",
        "PYTHONPATH",
        "PYTHONPYCACHEPREFIX",
        "PYTHONSAFEPATH",
        "PYTHONUNBUFFERED",
        "PYTHONUTF8",
    }
)
"""Those that change where Python finds and stores code, but not what the code does."""

_SWITCHES = frozenset(
    {
        "PYTHONASYNCIODEBUG",
        "PYTHONDEBUG",
        "PYTHONDEVMODE",
        "PYTHONINSPECT",
        "PYTHONMALLOC",
        "PYTHONOPTIMIZE",
        "PYTHONPROFILEIMPORTTIME",
        "PYTHONTRACEMALLOC",
        "PYTHONVERBOSE",
        "PYTHONWARNINGS",
    }
)
"""Those of the others that have taken effect once Python runs."""

_CERTIFICATES = ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE")
"""Paths. Conda sets one of them, and leaves it behind when the environment is removed."""

_OTHER_JUPYTER = ("JUPYTERLAB_DIR", "JUPYTER_GATEWAY_")
"""Prefixes of variables with which JupyterLab would use another installation's parts."""

_KEY_LOG = "SSLKEYLOGFILE"
"""A file to which OpenSSL writes the keys of each connection."""

_LOCAL = ("127.0.0.1", "localhost", "::1")


def neutral(environ: Mapping[str, str]) -> dict[str, str]:
    """``environ`` for a process of the course.

    Without the variables that configure other applications or change how Python executes code; and
    without libpq's, unless ``DATABASE_URL`` names a server, to which they then apply. Proxies are
    kept for downloads, but not used for connections within this machine.
    """
    kept = {
        name: value
        for name, value in environ.items()
        if not _is_foreign(name, value, own_server=not environ.get("DATABASE_URL"))
    }
    # Programs differ in which of the two they read; to Windows they are the same.
    names = ("NO_PROXY",) if sys.platform == "win32" else ("NO_PROXY", "no_proxy")
    return {**kept, **dict.fromkeys(names, _bypassed(environ))}


def switches(environ: Mapping[str, str]) -> list[str]:
    """The variables that changed how this process executes code, when it started."""
    return [name for name, value in environ.items() if value and name in _SWITCHES]


def for_jupyter(environ: Mapping[str, str]) -> dict[str, str]:
    """``environ`` for JupyterLab, which passes it on to kernels, where it is made ``neutral``, and
    to terminals. Only without what changes how kernels start."""
    return {
        name: value
        for name, value in environ.items()
        if not (_changes_python(name) or _is_missing_file(name, value))
        and not name.startswith(_OTHER_JUPYTER)
    }


def _is_foreign(name: str, value: str, *, own_server: bool) -> bool:
    if _changes_python(name) or _is_missing_file(name, value) or name == _KEY_LOG:
        return True
    if name == "MPLBACKEND":
        # Jupyter's own has this form; any other may not be installed or opens windows.
        return not value.startswith("module://")
    return name.startswith(_OTHER_APPLICATIONS) or (
        own_server and name.startswith(_DATABASE_CLIENTS)
    )


def _changes_python(name: str) -> bool:
    return name.startswith(_PYTHON) and name not in _PYTHON_KEPT


def _is_missing_file(name: str, value: str) -> bool:
    if name == _KEY_LOG:
        return not Path(value).parent.is_dir()
    return name in _CERTIFICATES and not Path(value).exists()


def _bypassed(environ: Mapping[str, str]) -> str:
    """The hosts that are reached without a proxy, this machine among them."""
    # As Python's own urllib does, which httpx asks.
    given = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    hosts = [host.strip() for host in given.split(",") if host.strip()]
    if "*" in hosts:
        return "*"
    return ",".join([*hosts, *(host for host in _LOCAL if host not in hosts)])
