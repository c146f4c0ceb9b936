"""Whole answers, to be looked at."""

from urllib.request import Request as Asked
from urllib.request import urlopen

from app.lab.load import Request


def body_of(url: str, request: Request) -> bytes:
    """What the server at ``url`` answers, as it comes; blocking. Raises ``OSError`` where that is
    no success."""
    with urlopen(Asked(url + request.path, headers=dict(request.headers))) as answer:
        body: bytes = answer.read()
    return body
