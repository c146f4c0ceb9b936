"""Counts the rows in what PostgreSQL sends, as they arrive.

https://www.postgresql.org/docs/current/protocol-message-formats.html: a query sends each row as a
DataRow, COPY as a CopyData.
"""

_ROWS = frozenset(b"Dd")
_HEADER = 5
"""Bytes: the type of a message, and its length."""


class DataRows:
    """Follows one connection from the beginning of a message on."""

    def __init__(self) -> None:
        self._partial = b""
        self._skip = 0
        """How much is left of a message that has begun."""

    def count(self, data: bytes) -> int:
        """The rows that begin in ``data``, the next bytes received."""
        if self._skip >= len(data):
            self._skip -= len(data)
            return 0
        if self._partial:
            data, self._partial = self._partial + data, b""
        position, end, rows = self._skip, len(data), 0
        while position + _HEADER <= end:
            if data[position] in _ROWS:
                rows += 1
            position += 1 + int.from_bytes(data[position + 1 : position + _HEADER])
        self._skip = max(0, position - end)
        if position < end:
            self._partial = data[position:]
        return rows
