"""What a client is told about one server."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """A server that runs (``url``), or the sentence that says why there is none (``problem``)."""

    url: str | None
    name: str | None
    """What it calls itself, with its version: “PostgreSQL 18.4”."""
    origin: str
    problem: str | None = None

    @property
    def version(self) -> str:
        """Empty if there is no server, or if it does not say."""
        return (self.name or "").partition(" ")[2]
