"""Sends the requests that tell compression middlewares apart, and keeps what came back."""

import asyncio
import sys
import time
import zlib
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.course.http import Arriving, Received, Wire
from app.lessons.compression.decoding import Decoder, Undecodable
from app.lessons.compression.site import CROWD, PIECES, Site, big, piece_of

HEADERS = (
    None,
    "gzip",
    "GZIP",
    "*",
    "gzip;q=0.5",
    "gzip;q=0",
    "*;q=0",
    "gzip;q=0, *;q=0.5",
    "identity",
    "notgzip",
    "identity;q=0",
)
"""Values of ``Accept-Encoding``; ``None`` for a request without it."""
ANYTHING_BUT_IDENTITY = "gzip, identity;q=0"
UNTOUCHED = ("/encoded", "/image", "/part", "/nothing")

_ROUND_TRIPS = 50
"""Of other requests, after which a piece of a stream that has not arrived is being kept back."""
_MOST_ROUNDS = 1_000
"""Of the same, where the application does not get that far."""
_RESOLUTION = 1 / 64 if sys.platform == "win32" else 0.0
"""Of CPU time, in seconds."""
_PAUSE_SECONDS = 0.002
"""Between these."""


@dataclass(frozen=True, slots=True)
class Case:
    """One request and its response."""

    path: str
    accept: str | None
    """The ``Accept-Encoding`` of the request; ``None`` for a request without it."""
    received: Received
    method: str = "GET"
    if_none_match: str | None = None

    @property
    def coding(self) -> str | None:
        return self.received.value("content-encoding")

    @property
    def tag(self) -> str | None:
        return self.received.value("etag")

    def __str__(self) -> str:
        sent = f"`Accept-Encoding: {self.accept}`" if self.accept else "no `Accept-Encoding`"
        known = f" and `If-None-Match: {self.if_none_match}`" if self.if_none_match else ""
        return f"{self.method} {self.path} with {sent}{known}"


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of ``PIECES`` pieces, each of which is made only after the one before arrived."""

    case: Case
    arrived: int
    """How many pieces could be decoded before the next one was made."""
    bytes_in_time: int
    """How many bytes had arrived by then."""
    content: bytes
    """All that could be decoded."""
    undecodable: str | None
    """Why the rest could not."""


async def trial(wire: Wire, site: Any) -> dict[str, Any]:
    """By name, the cases or streams that a step looks at. ``held``: for how long the event loop was
    held while ``/big`` was sent, as a share of the time that compressing it takes at least."""
    asking = _Client(wire)
    document = await _document(asking)
    return {
        "negotiation": [await asking.get("/text", accept) for accept in HEADERS],
        "small": [await asking.get("/small", one) for one in (None, "gzip", ANYTHING_BUT_IDENTITY)],
        "cookies": [await asking.get("/cookies", one) for one in (None, "gzip")],
        "untouched": {
            path: [await asking.get(path, one) for one in (None, "gzip")] for path in UNTOUCHED
        },
        "pieces": await asking.get("/pieces", "gzip"),
        "head": [
            (await asking.get(path, "gzip"), await asking.get(path, "gzip", method="HEAD"))
            for path in ("/document", "/small")
        ],
        "streams": [await _stream(wire, site, path) for path in ("/lines/1", "/events/1")],
        "big": await asking.get("/big", "gzip"),
        "ticks": site.ticks,
        "held": max(0.0, site.longest_step - _RESOLUTION) / _seconds_to_compress(),
        "crowd": await asyncio.gather(
            *(asking.get(f"/crowd/{n}", "gzip" if n % 2 else "identity") for n in range(CROWD))
        ),
        **document,
        "version": site.version,
        "broken": await asking.get("/broken", "gzip"),
        "cases": asking.cases,
    }


@cache
def _seconds_to_compress() -> float:
    """CPU time for ``/big`` at gzip's fastest level."""
    body, times = big(), []
    for _ in range(3):
        start = time.thread_time()
        zlib.compress(body, 1)
        times.append(time.thread_time() - start)
    return max(min(times), _RESOLUTION, 1e-9)


class _Client:
    """Keeps all cases."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.cases: list[Case] = []

    async def get(
        self,
        path: str,
        accept: str | None,
        *,
        method: str = "GET",
        if_none_match: str | None = None,
    ) -> Case:
        sent = {"Accept-Encoding": accept, "If-None-Match": if_none_match}
        headers = {name: value for name, value in sent.items() if value is not None}
        received = await self._wire.request(path, method=method, headers=headers)
        case = Case(path, accept, received, method, if_none_match)
        self.cases.append(case)
        return case


async def _document(asking: _Client) -> dict[str, Any]:
    """``plain`` and ``encoded`` of a document with a strong tag; what each tag leads to while the
    document is the same, and after a POST has changed it."""
    plain = await asking.get("/document", "identity")
    encoded = await asking.get("/document", "gzip")
    unchanged = [
        (one, await asking.get("/document", one.accept, if_none_match=one.tag or "none"))
        for one in (plain, encoded)
    ]
    await asking.get("/document", "gzip", method="POST")
    changed = [
        await asking.get("/document", one.accept, if_none_match=one.tag or "none")
        for one in (plain, encoded)
    ]
    return {
        "plain": plain,
        "encoded": encoded,
        "unchanged": unchanged,
        "changed": changed,
    }


async def _stream(wire: Wire, site: Site, path: str) -> Stream:
    reading = _Reading()
    # Its headers may be kept back together with the pieces.
    task = asyncio.ensure_future(reading.run(wire, path))
    arrived, bytes_in_time, expected = 0, 0, b""
    for number in range(PIECES):
        expected += piece_of(path, number)
        if arrived == number and await _has_arrived(wire, site, path, number, reading, expected):
            arrived += 1
        if arrived == 0:
            bytes_in_time = reading.bytes
        await wire.request(f"/go{path}", method="POST")
    case = Case(path, "gzip", await task)
    return Stream(case, arrived, bytes_in_time, bytes(reading.content), reading.undecodable)


class _Reading:
    """Decodes a response while it arrives."""

    def __init__(self) -> None:
        self.bytes = 0
        self.content = bytearray()
        self.undecodable: str | None = None

    async def run(self, wire: Wire, path: str) -> Received:
        async with wire.open(path, headers={"Accept-Encoding": "gzip"}) as response:
            try:
                await self._decode(response)
            except Undecodable as error:
                self.undecodable = str(error)
                while await response.more():
                    pass
            return response.received()

    async def _decode(self, response: Arriving) -> None:
        decoder = Decoder(dict(response.headers).get("content-encoding"))
        while piece := await response.more():
            self.bytes += len(piece)
            self.content += decoder.decode(piece)
        decoder.finish()


async def _has_arrived(
    wire: Wire, site: Site, path: str, number: int, reading: _Reading, expected: bytes
) -> bool:
    """Whether all pieces up to this one have been decoded, after other requests have come and gone.

    Their number decides, and not the time, so that a busy machine changes nothing: they pass
    through the same event loop as the piece, later than it.
    """
    trips = rounds = 0
    while len(reading.content) < len(expected) and trips < _ROUND_TRIPS and rounds < _MOST_ROUNDS:
        await wire.request("/small")
        # Only from when the layer under trial has accepted the piece.
        trips += site.handed[path] > number
        rounds += 1
        await asyncio.sleep(_PAUSE_SECONDS)
    return reading.content == expected
