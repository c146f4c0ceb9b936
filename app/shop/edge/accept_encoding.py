"""What a client says of compressed answers (RFC 9110, 12.5.3)."""

import re
from functools import lru_cache

_WEIGHT = re.compile(r"0(\.\d*)?|1(\.0*)?")


@lru_cache(maxsize=64)
def gzip_from(accept_encoding: bytes, minimum: int) -> int | None:
    """The size in bytes from which on to compress for a client with this header, or ``None``.

    That is ``minimum`` for a client who prefers gzip or has no preference, and 0 for one who
    refuses plain answers. One who refuses both gets the plain one. A member of the list that is
    malformed is as if it were not there.
    """
    weights = _weights(accept_encoding.decode("latin-1").lower())
    anything = weights.get("*", 0.0)
    gzip = weights.get("gzip", weights.get("x-gzip", anything))
    # Plain is fine with everyone who does not say otherwise, but nobody's first choice.
    plain = weights.get("identity", 0.0 if weights.get("*") == 0 else gzip)
    if gzip == 0 or plain > gzip:
        return None
    return minimum if plain else 0


def _weights(accepted: str) -> dict[str, float]:
    weights = {}
    for member in accepted.split(","):
        coding, *parameters = (part.strip() for part in member.split(";"))
        weight = _weight(parameters)
        if weight is not None:
            weights[coding] = weight
    return weights


def _weight(parameters: list[str]) -> float | None:
    """1 without a parameter; ``None`` where it is not a weight from 0 to 1."""
    if not parameters:
        return 1.0
    name, _, value = parameters[0].partition("=")
    if name.strip() != "q" or not _WEIGHT.fullmatch(value.strip()):
        return None
    return float(value)
