"""The protocol between clients and the supervisor: one JSON object per line, both ways.

A request has an ``id`` and an ``op``. Every reply to it has the same ``id`` and an ``event``: any
number of ``progress`` and ``waiting``, then one ``done`` or ``error``.
"""

import json
from typing import Any

PROTOCOL = 1
"""Incremented with every incompatible change."""

MAX_BYTES = 1 << 16
"""The longest line either side accepts."""

HEARTBEAT = 5.0
"""Seconds between two heartbeats while a request is being processed."""

Message = dict[str, Any]


def encode(message: Message) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> Message:
    """The message in ``line``. Raises ``ValueError`` if it is not a JSON object."""
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("a message must be a JSON object")
    return message
