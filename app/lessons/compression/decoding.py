"""Decodes encoded responses, piece by piece as they arrive."""

import zlib
from collections.abc import Callable

import brotli

from app.shop.edge.codings import zstd


class Undecodable(Exception):
    """The bytes are not what the response says they are."""


class Decoder:
    """Decodes one response. ``coding`` is its ``Content-Encoding``, or ``None``.

    Raises ``Undecodable`` for an unknown coding.
    """

    def __init__(self, coding: str | None) -> None:
        self._decode: Callable[[bytes], bytes]
        self._is_complete: Callable[[], bool]
        match coding:
            case None | "identity":
                self._decode, self._is_complete = bytes, lambda: True
            case "gzip":
                gzip = zlib.decompressobj(16 + zlib.MAX_WBITS)
                self._decode = gzip.decompress
                self._is_complete = lambda: gzip.eof and not gzip.unused_data
            case "br":
                br = brotli.Decompressor()
                self._decode, self._is_complete = br.process, br.is_finished
            case "zstd":
                frame = zstd.ZstdDecompressor()
                self._decode = frame.decompress
                self._is_complete = lambda: frame.eof and not frame.unused_data
            case _:
                raise Undecodable(f"`{coding}` is not one of gzip, br and zstd")

    def decode(self, piece: bytes) -> bytes:
        """All that can be decoded by now. Raises ``Undecodable``."""
        try:
            return self._decode(piece)
        except (zlib.error, brotli.error, zstd.ZstdError, EOFError) as error:
            raise Undecodable(str(error)) from None

    def finish(self) -> None:
        """Raises ``Undecodable`` if the encoded data has not ended, or goes on after its end."""
        if not self._is_complete():
            raise Undecodable("the encoded data does not end where the body ends")


def decoded(body: bytes, coding: str | None) -> bytes:
    """The content of a complete body. Raises ``Undecodable``."""
    decoder = Decoder(coding)
    content = decoder.decode(body)
    decoder.finish()
    return content
