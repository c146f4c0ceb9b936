"""HTTP clients for servers on this machine."""

import ssl
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

ACCEPT_ENCODING = "gzip, deflate"
"""What every client accepts, unless a request says otherwise."""


def client(url: str, **options: Any) -> "httpx.AsyncClient":
    """A client of the server at ``url``, with httpx's ``options``.

    By default httpx takes proxies and certificates from the environment and from the system's
    settings; none of them concern a server on this machine. Nor must the encoding of a response
    depend on which decoders happen to be installed.
    """
    import httpx

    http = httpx.AsyncClient(base_url=url, trust_env=False, verify=_unused_tls(), **options)
    http.headers["Accept-Encoding"] = ACCEPT_ENCODING
    return http


@cache
def _unused_tls() -> ssl.SSLContext:
    # The servers speak plain HTTP, but each client would make one, which takes longer than some
    # requests.
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
