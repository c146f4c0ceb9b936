"""What a client knows about one server."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """A running server (``url``), or a sentence that says why there is none (``problem``)."""

    url: str | None
    name: str | None
    """The server's own name and version: “PostgreSQL 18.4”."""
    origin: str
    problem: str | None = None

    @property
    def version(self) -> str:
        """Empty if there is no server, or it does not reveal its version."""
        return (self.name or "").partition(" ")[2]
