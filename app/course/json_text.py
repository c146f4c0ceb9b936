"""The text of JSON, where not only its values matter."""

import re

_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|\s+')
_AROUND = 30
"""Characters that are quoted on either side of a difference."""


def compact(body: bytes) -> bytes:
    """``body`` without the white space between its tokens."""
    return _TOKENS.sub(lambda token: token[0] if token[0][:1] == b'"' else b"", body)


def text_difference(expected: bytes, seen: bytes) -> str | None:
    """The first difference between two texts, white space apart, with what surrounds it."""
    want, got = compact(expected), compact(seen)
    if want == got:
        return None
    pairs = zip(want, got, strict=False)
    shorter = min(len(want), len(got))
    at = next((index for index, (one, other) in enumerate(pairs) if one != other), shorter)
    return f"`{_excerpt(got, at)}`, expected `{_excerpt(want, at)}`"


def _excerpt(text: bytes, at: int) -> str:
    start = max(0, at - _AROUND)
    shown = text[start : at + _AROUND].decode(errors="replace")
    return f"{'…' if start else ''}{shown}{'…' if at + _AROUND < len(text) else ''}"
