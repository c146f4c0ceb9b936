"""Fetches whole responses, to inspect them."""

import urllib.request

from app.lab.load import Request


def fetch_body(url: str, request: Request) -> bytes:
    """The body of the server's response, as sent; blocking. Raises ``OSError`` unless it is a
    success."""
    outgoing = urllib.request.Request(url + request.path, headers=dict(request.headers))
    with urllib.request.urlopen(outgoing) as response:
        body: bytes = response.read()
    return body
