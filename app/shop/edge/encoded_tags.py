"""An ``ETag`` of its own for each encoding of a response.

A strong tag stands for exact bytes, so two encodings must not share it. The tag of an encoded
response is that of the original with the coding appended, ``W/"abc-gzip"`` for ``"abc"``. It is
weak, since another version of a compressor makes other bytes of the same response. Whoever makes
the tags and compares them, ``Conditional`` or an endpoint, need not know of it.
"""

import re
from collections.abc import Collection

_TAG = re.compile(rb'(?:W/)?"[^"]*"')


def encoded_tag(tag: bytes, coding: bytes) -> bytes:
    """The tag of the response encoded with ``coding``; a malformed one is left as it is."""
    if not _TAG.fullmatch(tag):
        return tag
    return b'W/%b-%b"' % (_opaque(tag)[:-1], coding)


class KnownTags:
    """The tags in one ``If-None-Match`` header.

    To each that belongs to an encoding in ``accepted``, the original is added. A 304 then means
    that the client has a response that it may still use, in one of the encodings it accepts.
    """

    def __init__(self, if_none_match: bytes, accepted: Collection[bytes]) -> None:
        self._encoded: dict[bytes, bytes] = {}
        added = []
        for tag in _TAG.findall(if_none_match):
            for coding in accepted:
                ending = b'-%b"' % coding
                if tag.endswith(ending):
                    original = _opaque(tag).removesuffix(ending) + b'"'
                    self._encoded[original] = tag
                    added.append(original)
        self.header = b", ".join([if_none_match, *added])
        """What the application is to compare."""

    def of(self, tag: bytes) -> bytes:
        """The tag that the client knows the response by for which the application says ``tag``."""
        return self._encoded.get(_opaque(tag), tag)


def _opaque(tag: bytes) -> bytes:
    return tag.removeprefix(b"W/")
