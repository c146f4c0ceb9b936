"""What a client is told about one server."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """A server that runs (``url``), or the sentence that says why there is none (``problem``)."""

    url: str | None
    version: str | None
    origin: str
    problem: str | None = None
