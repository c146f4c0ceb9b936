"""HTTP as it is seen on the socket, for checks and for notebooks."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Received:
    """One response as its bytes arrived, and what is wrong with it."""

    status: int
    """0 if there was none."""
    headers: tuple[tuple[str, str], ...]
    """Names in lower case, in the order in which they were sent, with duplicates."""
    body: bytes
    """Without the framing of chunks, but encoded as it was sent."""
    faults: tuple[str, ...] = ()
    """Each violation of HTTP, in a sentence."""

    def values(self, name: str) -> list[str]:
        """The value of each header with this name, in lower case."""
        return [value for key, value in self.headers if key == name]

    def value(self, name: str) -> str | None:
        """The values of all headers with this name as one list; ``None`` without any."""
        values = self.values(name)
        return ", ".join(values) if values else None

    def __str__(self) -> str:
        head = [f"HTTP/1.1 {self.status}", *(f"{name}: {value}" for name, value in self.headers)]
        faults = [f"FAULT: {fault}" for fault in self.faults]
        return "\n".join([*head, "", f"({len(self.body):,} bytes of body)", *faults])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(str(self))


class Arriving(Protocol):
    """A response of which only the headers have arrived."""

    status: int
    headers: tuple[tuple[str, str], ...]

    async def more(self) -> bytes:
        """The next piece of the body, as soon as there is one; empty at its end or at a fault."""

    def received(self) -> Received:
        """The response as far as it has arrived."""


class Wire(Protocol):
    """A client that sends each request over a connection of its own and takes HTTP literally."""

    async def request(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Received:
        """The complete response."""

    def open(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> AbstractAsyncContextManager[Arriving]:
        """The response while it arrives."""
