"""What to send, and where: requests, encoded to bytes before any clock starts."""

import base64
import json
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote, urlsplit

from app.course.errors import CourseError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PATH_SAFE = "/?&=%:,;@+$!*'()~[]-._"


@dataclass(frozen=True, slots=True)
class Request:
    """One kind of request in a mix."""

    path: str = "/"
    """Including the query string."""
    method: str = "GET"
    """Any but HEAD."""
    headers: tuple[tuple[str, str], ...] = ()
    """Names and values, beyond Host and Content-Length."""
    body: bytes = b""
    """Sent as it is."""
    weight: float = 1.0
    """How often it is sent relative to the others."""
    statuses: tuple[int, int] = (200, 299)
    """The lowest and highest status that count as success."""
    same_body: bool | None = None
    """Whether every reply must have the same body. ``None``: learn it from the first replies."""

    @classmethod
    def with_json(cls, path: str, data: Any, *, method: str = "POST", weight: float = 1.0) -> Self:
        """A request with a JSON body.

        Args:
            path: Including the query string.
            data: Anything that ``json.dumps`` takes.
            method: Usually POST, PUT or PATCH.
            weight: How often it is sent relative to the others.

        Returns:
            The request, with its Content-Type.

        Raises:
            TypeError: for data that JSON cannot express.
        """
        headers = (("content-type", "application/json"),)
        return cls(path, method, headers, json.dumps(data).encode(), weight)

    @property
    def quoted_path(self) -> str:
        """The path as it is sent: percent-encoded where it must be."""
        return quote(self.path, safe=PATH_SAFE)

    def encode(self, host: str) -> bytes:
        """The request as it is sent, in HTTP/1.1 with keep-alive.

        Args:
            host: For the Host header, such as ``127.0.0.1:8000``.

        Returns:
            Head and body.

        Raises:
            CourseError: for a line break in the path or in a header.
        """
        lines = [f"{self.method} {self.quoted_path} HTTP/1.1", f"host: {host}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.body or self.method in ("POST", "PUT", "PATCH"):
            lines.append(f"content-length: {len(self.body)}")
        if any("\r" in line or "\n" in line for line in lines):
            raise CourseError("A path or header of a request must not contain a line break.")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


@dataclass(frozen=True, slots=True)
class Target:
    """A server on this machine and the mix of requests to send to it.

    ``url`` alone means a GET of that URL; with ``requests``, only its host and port matter.
    ``socket`` is the path of a Unix socket to use instead of TCP.
    """

    url: str
    requests: tuple[Request, ...] = ()
    socket: str | None = None

    def __post_init__(self) -> None:
        self._check_address()
        for request in self.mix:
            check_path(request.path)
            if request.method == "HEAD":
                raise CourseError(
                    "HEAD cannot be measured: its replies declare a body but have none."
                )
            if request.weight <= 0:
                raise CourseError(f"The weight of {request.path} must be above zero.")

    def _check_address(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "http" or parts.hostname not in LOOPBACK:
            raise CourseError(
                f"Load is only sent to this machine over plain HTTP, for example to "
                f"http://127.0.0.1:8000/, not to {self.url}."
            )
        try:
            _ = parts.port
        except ValueError as error:
            raise CourseError(f"The port in {self.url} is not a number from 0 to 65535.") from error

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or "127.0.0.1"

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 80

    @property
    def mix(self) -> tuple[Request, ...]:
        """The requests; by default a GET of the URL."""
        if self.requests:
            return self.requests
        parts = urlsplit(self.url)
        return (Request((parts.path or "/") + (f"?{parts.query}" if parts.query else "")),)

    def to_worker(self) -> dict[str, Any]:
        """What the load generator needs, as JSON."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return {
            "host": self.host,
            "port": self.port,
            "socket": self.socket,
            "requests": [
                {
                    "bytes": base64.b64encode(request.encode(f"{host}:{self.port}")).decode(),
                    "weight": request.weight,
                    "statuses": request.statuses,
                    "same_body": self._same_body(request),
                    "safe": request.method == "GET",
                }
                for request in self.mix
            ],
        }

    def _same_body(self, request: Request) -> bool | None:
        # A mix that writes can change what it reads.
        if request.same_body is None and any(other.method != "GET" for other in self.mix):
            return False
        return request.same_body


def check_path(path: Any) -> None:
    """Raises ``CourseError`` for anything but a path from the root."""
    if not isinstance(path, str):
        raise CourseError(f"A path is text, such as `/api/orders`; not {type(path).__name__}.")
    if "://" in path:
        parts = urlsplit(path)
        only = parts._replace(scheme="", netloc="").geturl() or "/"
        raise CourseError(f"A path has no address before it: write `{only}`.")
    if not path.startswith("/"):
        raise CourseError(f"A path begins with a slash: write `/{path}`.")


def as_target(target: Target | str) -> Target:
    """The target itself, or one made from its URL."""
    return Target(target) if isinstance(target, str) else target
