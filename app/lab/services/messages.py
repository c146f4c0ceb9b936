"""The protocol between clients and the supervisor: one JSON object a line, both ways.

A request carries ``id`` and ``op``; every message that answers it carries the same ``id`` and an
``event``: any number of ``progress`` and ``waiting``, then one ``done`` or ``error``.
"""

import json
from typing import Any

PROTOCOL = 1
"""Raised with every change that older clients or supervisors cannot follow."""

MAX_BYTES = 1 << 16
"""The longest line either side accepts."""

HEARTBEAT = 5.0
"""Seconds between two signs of life while a request is being worked on."""

Message = dict[str, Any]


def encode(message: Message) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> Message:
    """The message in ``line``; ValueError if it holds none."""
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("a message is an object")
    return message
