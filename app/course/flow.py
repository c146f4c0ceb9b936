"""How the rows of a response pass through the application."""

from dataclasses import dataclass


@dataclass(slots=True)
class Flow:
    """Counts of one request: rows received from PostgreSQL, lines sent to the client.

    A response that is to be counted has a line for each row, as JSON Lines and CSV have. A line
    counts as sent once the server has accepted its last byte.
    """

    rows: int = 0
    lines: int = 0
    peak: int = 0
    """The most rows in flight: received, and not yet sent."""
    rows_at_first_byte: int | None = None
    """The rows received before the first byte of the body was sent; ``None`` before that."""

    @property
    def in_flight(self) -> int:
        """The rows received and not yet sent."""
        return self.rows - self.lines

    def received(self, rows: int) -> None:
        self.rows += rows
        self.peak = max(self.peak, self.in_flight)

    def sending(self) -> None:
        """A part of the body is about to be sent."""
        if self.rows_at_first_byte is None:
            self.rows_at_first_byte = self.rows

    def sent(self, body: bytes) -> None:
        self.lines += body.count(b"\n")
