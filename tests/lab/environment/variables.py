"""Environment variables that learners have for other programs, with values that would do harm."""

import os

NOWHERE = f"{os.devnull}/nowhere"
"""Not there, and not even root can create it."""
NOBODY = "127.0.0.1:9"
"""A port on which nothing listens."""

PROXIES = {
    "HTTP_PROXY": {"HTTP_PROXY": f"http://{NOBODY}"},
    "http_proxy": {"http_proxy": f"http://{NOBODY}"},
    "HTTPS_PROXY": {"HTTPS_PROXY": f"http://{NOBODY}"},
    "HTTP_PROXY except localhost": {"HTTP_PROXY": f"http://{NOBODY}", "NO_PROXY": "localhost"},
    "http_proxy except others": {"http_proxy": f"http://{NOBODY}", "no_proxy": ".corp, 10.0.0.0/8"},
    "ALL_PROXY": {"ALL_PROXY": f"http://{NOBODY}"},
    "ALL_PROXY with SOCKS": {"ALL_PROXY": f"socks5://{NOBODY}"},
    "all_proxy with SOCKS": {"all_proxy": f"socks5://{NOBODY}"},
}

CERTIFICATES = {
    "SSL_CERT_FILE": {"SSL_CERT_FILE": f"{NOWHERE}/cacert.pem"},
    "SSL_CERT_DIR": {"SSL_CERT_DIR": NOWHERE},
    "SSLKEYLOGFILE": {"SSLKEYLOGFILE": f"{NOWHERE}/keys.log"},
    "REQUESTS_CA_BUNDLE": {"REQUESTS_CA_BUNDLE": f"{NOWHERE}/cacert.pem"},
    "CURL_CA_BUNDLE": {"CURL_CA_BUNDLE": f"{NOWHERE}/cacert.pem"},
}

LIBPQ = {
    name: {name: value}
    for name, value in {
        "PGHOST": "db.invalid",
        "PGHOSTADDR": "192.0.2.1",
        "PGPORT": "1",
        "PGUSER": "somebody",
        "PGPASSWORD": "secret",
        "PGDATABASE": "theirs",
        "PGPASSFILE": f"{NOWHERE}/pgpass",
        "PGSERVICE": "production",
        "PGSERVICEFILE": f"{NOWHERE}/pg_service.conf",
        "PGSSLMODE": "verify-full",
        "PGSSLNEGOTIATION": "direct",
        "PGSSLROOTCERT": f"{NOWHERE}/root.crt",
        "PGSSLCERT": f"{NOWHERE}/client.crt",
        "PGSSLMINPROTOCOLVERSION": "TLSv1.9",
        "PGTARGETSESSIONATTRS": "standby",
        "PGOPTIONS": "-c search_path=nowhere -c default_transaction_read_only=on",
        "PGTZ": "America/New_York",
        "PGDATESTYLE": "German",
        "PGCLIENTENCODING": "LATIN1",
        "PGCONNECT_TIMEOUT": "soon",
        "PGKRBSRVNAME": "other",
        "PGGSSLIB": "gssapi",
        "PGREQUIREAUTH": "gss",
        "PGDATA": NOWHERE,
    }.items()
}

SETTINGS = {
    f"{name}={value}": {name: value}
    for name, value in {
        "ENVIRONMENT": "staging",
        "SECRET_KEY": "abc",
        "WORKERS": "auto",
        "PROFILING": "maybe",
        "POOL_SIZE": "0",
        "POOL_TIMEOUT": "never",
        "STATEMENT_TIMEOUT": "1ms",
        "CACHE_SECONDS": "-1",
        "MAX_BODY_BYTES": "8MB",
        "MAX_REQUESTS": "0",
        "REQUEST_TIMEOUT": "0.000001",
        "TOKEN_MINUTES": "1h",
        "REDIS_PREFIX": "theirs:",
    }.items()
} | {
    "production without a secret": {"ENVIRONMENT": "production"},
}

SERVERS = {
    name: {name: value}
    for name, value in {
        "WEB_CONCURRENCY": "auto",
        "FORWARDED_ALLOW_IPS": "*",
        "UVICORN_RELOAD": "1",
        "GUNICORN_CMD_ARGS": "--bind=0.0.0.0:1 --workers=nine",
        "DJANGO_SETTINGS_MODULE": "theirs.settings",
        "FLASK_DEBUG": "1",
        "GIN_MODE": "nonsense",
        "GODEBUG": "inittrace=1",
        "GOFLAGS": "-mod=vendor",
        "GOMAXPROCS": "all",
        "GOOS": "plan9",
        "NODE_ENV": "test",
        "NODE_OPTIONS": f"--require {NOWHERE}.js",
        "PYDANTIC_SETTINGS_DEBUG": "1",
    }.items()
} | {
    "telemetry": {
        "FASTAPI_OTEL_AUTO_CONFIGURE": "true",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{NOBODY}",
        "OTEL_TRACES_EXPORTER": "otlp",
    },
}

OTHERS = {
    name: {name: value}
    for name, value in {
        "MPLBACKEND": "NoSuchBackend",
        "MPLCONFIGDIR": NOWHERE,
        "MATPLOTLIBRC": f"{NOWHERE}/matplotlibrc",
        "TZ": "Mars/Olympus",
        "LC_ALL": "xx_XX.UTF-8",
        "LANG": "de_DE.ISO-8859-1",
        "LANGUAGE": "tlh",
        "TMPDIR": NOWHERE,
        "COLUMNS": "wide",
        "NO_COLOR": "1",
        "FORCE_COLOR": "1",
        "TERM": "dumb",
        "PYTHONASYNCIODEBUG": "1",
    }.items()
}

EACH = {**PROXIES, **CERTIFICATES, **LIBPQ, **SETTINGS, **SERVERS, **OTHERS}
"""Groups of variables by a name for them. Each has to be without effect."""

PYTHON = {
    "PYTHONASYNCIODEBUG": "1",
    "PYTHONBREAKPOINT": "theirs.debugger",
    "PYTHONDEVMODE": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONINSPECT": "1",
    "PYTHONIOENCODING": "cp1252",
    "PYTHONOPTIMIZE": "2",
    "PYTHONSTARTUP": f"{NOWHERE}/startup.py",
    "PYTHONTRACEMALLOC": "1",
    "PYTHONUNBUFFERED": "1",
    "PYTHONWARNINGS": "error",
}
"""Those of Python itself, which take effect when it starts."""


JUPYTER = {
    "IPYTHONDIR": NOWHERE,
    "JUPYTERLAB_DIR": NOWHERE,
    "JUPYTERLAB_SETTINGS_DIR": NOWHERE,
    "JUPYTERLAB_WORKSPACES_DIR": NOWHERE,
    "JUPYTER_CONFIG_DIR": NOWHERE,
    "JUPYTER_DATA_DIR": NOWHERE,
    "JUPYTER_GATEWAY_URL": f"http://{NOBODY}",
    "JUPYTER_PATH": NOWHERE,
    "JUPYTER_RUNTIME_DIR": NOWHERE,
}
"""Those of Jupyter and its kernels."""


def together() -> dict[str, str]:
    """All of them at once, where they do not exclude each other."""
    each = {name: value for group in EACH.values() for name, value in group.items()}
    return {**each, **PYTHON, **JUPYTER}
