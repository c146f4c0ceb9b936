"""Content negotiation by ``Accept-Encoding`` (RFC 9110, section 12.5.3)."""

import re
from dataclasses import dataclass
from functools import lru_cache

from app.shop.edge.codings import CODINGS, Coding

_WEIGHT = re.compile(r"0(\.\d*)?|1(\.0*)?")


@dataclass(frozen=True, slots=True)
class Negotiated:
    """The coding for one client's responses."""

    coding: Coding
    minimum: int
    """The smallest response to encode, in bytes."""
    accepted: tuple[bytes, ...]
    """The names of all codings of the shop's that the client accepts."""


@lru_cache(maxsize=64)
def negotiate(accept_encoding: bytes, minimum: int) -> Negotiated | None:
    """The coding that the client weights highest, and among equals the shop's first.

    ``None`` if responses must not be encoded: the client accepts none of the shop's codings, or
    prefers ``identity``, which means no coding. Responses are encoded from ``minimum`` bytes on,
    and whatever their size if the client rejects ``identity``. If it rejects everything, they are
    not encoded. Malformed list members are ignored.
    """
    weights = _weights(accept_encoding.decode("latin-1").lower())
    if "x-gzip" in weights:
        weights.setdefault("gzip", weights["x-gzip"])
    wildcard = weights.get("*", 0.0)
    found = {coding: weights.get(coding.name.decode(), wildcard) for coding in CODINGS}
    best = max(CODINGS, key=lambda coding: found[coding])
    # Unless excluded, identity is acceptable, but never preferred by default.
    identity = weights.get("identity", 0.0 if weights.get("*") == 0 else found[best])
    if not found[best] or identity > found[best]:
        return None
    accepted = tuple(coding.name for coding, weight in found.items() if weight)
    return Negotiated(best, minimum if identity else 0, accepted)


def _weights(accepted: str) -> dict[str, float]:
    weights = {}
    for member in accepted.split(","):
        coding, *parameters = (part.strip() for part in member.split(";"))
        weight = _weight(parameters)
        if weight is not None:
            weights[coding] = weight
    return weights


def _weight(parameters: list[str]) -> float | None:
    """The quality value, 1 by default; ``None`` if it is malformed."""
    if not parameters:
        return 1.0
    name, _, value = parameters[0].partition("=")
    if name.strip() != "q" or not _WEIGHT.fullmatch(value.strip()):
        return None
    return float(value)
