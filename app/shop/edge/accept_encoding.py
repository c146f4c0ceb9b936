"""Content negotiation by ``Accept-Encoding`` (RFC 9110, section 12.5.3)."""

import re
from functools import lru_cache

_WEIGHT = re.compile(r"0(\.\d*)?|1(\.0*)?")


@lru_cache(maxsize=64)
def gzip_from(accept_encoding: bytes, minimum: int) -> int | None:
    """The smallest response to compress with gzip, in bytes, or ``None`` for never.

    That is ``minimum`` if the client prefers gzip or has no preference, and 0 if it does not accept
    uncompressed responses. If it accepts neither, the response is not compressed. Malformed list
    members are ignored.
    """
    weights = _weights(accept_encoding.decode("latin-1").lower())
    wildcard = weights.get("*", 0.0)
    gzip = weights.get("gzip", weights.get("x-gzip", wildcard))
    # Unless excluded, identity is acceptable, but never preferred over gzip by default.
    identity = weights.get("identity", 0.0 if weights.get("*") == 0 else gzip)
    if gzip == 0 or identity > gzip:
        return None
    return minimum if identity else 0


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
