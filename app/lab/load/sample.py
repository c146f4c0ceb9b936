"""Sample replies of each arm, to verify before a comparison that all answer the same."""

import http.client
import json
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.lab.load.errors import Unreachable
from app.lab.load.plan import weighted_order
from app.lab.load.process import REQUEST_TIMEOUT
from app.lab.load.target import Request, Target

MOST_SAMPLED = 300


@dataclass(frozen=True, slots=True)
class Sample:
    path: str
    status: int
    expected: bool
    """Whether the status is one that counts as success."""
    answer: Any
    """The decoded JSON, or the bytes if it is not JSON."""


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        if sys.platform == "win32":
            raise OSError("this system does not support Unix sockets")
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def samples(target: Target, timeout: float = REQUEST_TIMEOUT) -> list[Sample]:
    """The reply to each GET of the mix, or of a large mix to some of them, the same each time.

    Blocking. Raises ``Unreachable``.
    """
    return [fetch(target, request, timeout) for request in sampled(target.mix)]


def sampled(mix: Sequence[Request]) -> list[Request]:
    """The GETs of a mix, but at most ``MOST_SAMPLED``, those first that are sent more often."""
    gets = [request for request in mix if request.method == "GET"]
    if len(gets) <= MOST_SAMPLED:
        return gets
    order = weighted_order(gets, [request.weight for request in gets])
    return list(dict.fromkeys(order))[:MOST_SAMPLED]


def fetch(target: Target, request: Request, timeout: float) -> Sample:
    # Uncompressed, so that arms that compress differently can be compared.
    headers = {name.lower(): value for name, value in request.headers}
    headers["accept-encoding"] = "identity"
    connection: http.client.HTTPConnection
    if target.socket:
        connection = _UnixConnection(target.socket, timeout)
    else:
        connection = http.client.HTTPConnection(target.host, target.port, timeout=timeout)
    try:
        connection.request(request.method, request.quoted_path, request.body or None, headers)
        reply = connection.getresponse()
        body = reply.read()
    except (OSError, http.client.HTTPException) as error:
        reason = str(error) or type(error).__name__
        raise Unreachable(f"No answer from {target.url} ({reason}).") from error
    finally:
        connection.close()
    lowest, highest = request.statuses
    return Sample(request.path, reply.status, lowest <= reply.status <= highest, decoded(body))


def decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body
