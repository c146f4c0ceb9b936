"""The exercise: a compression middleware that leaves everything right but the number of bytes."""

from app.course.evidence import Evidence, Probe
from app.course.exercise import Refusal
from app.course.kinds import MiddlewareExercise
from app.course.steps import (
    answers,
    same_answer,
    same_answer_after_changes,
    same_answer_concurrently,
)
from app.lessons.compression.decoding import Undecodable, decoded
from app.lessons.compression.site import (
    BIG,
    CROWD,
    PIECES,
    SMALL,
    Site,
    big,
    image,
    piece_of,
    text_of,
)
from app.lessons.compression.trial import UNTOUCHED, Case, Stream, trial
from app.shop.edge.accept_encoding import negotiate
from app.shop.edge.compression import Compression

FEWEST_TICKS = 10
"""Of the event loop while ``BIG`` bytes are compressed; a thread leaves room for thousands."""
MOST_HELD = 0.5
"""Of the time that compressing them takes, in one go; with a thread it is a few percent."""
SHOP = "/api/products?limit=200"
_KEPT = {
    "set-cookie": ["one=1", "two=2"],
    "link": ["</a>; rel=preload", "</b>; rel=preload"],
    "x-request-id": ["7"],
    "content-type": ["application/json"],
}
"""Headers of ``/cookies``."""
_STATUSES = {"/part": 206, "/nothing": 204}
_UNTOUCHED_BECAUSE = {
    "/encoded": "The application had encoded it with Brotli already.",
    "/image": "It is an image: compressing it again costs time and saves nothing.",
    "/part": "Its status is 206 and its `Content-Range` counts the bytes of the original.",
    "/nothing": "Its status is 204: it has no body.",
}


def is_well_formed(evidence: Evidence) -> Refusal | None:
    """Every response is valid HTTP, and nothing is raised."""
    raised: dict[str, str] = evidence.extra["raised"]
    streams: list[Stream] = evidence.extra["streams"]
    cases = [*evidence.extra["cases"], *(stream.case for stream in streams)]
    cases = [case for case in cases if case.path != "/broken"]
    for case in cases:
        if case.received.faults and case.received.status:
            also = f" It raised {raised[case.path]}" if case.path in raised else ""
            return Refusal(
                f"The response to {case} is not valid HTTP. {case.received.faults[0]}{also}", hint=2
            )
    for case in cases:
        if case.path in raised:
            return Refusal(f"{case} raised {raised[case.path]}", outcome="error")
        if case.received.faults:
            return Refusal(f"{case}: {case.received.faults[0]}", outcome="error")
    return None


def negotiates(evidence: Evidence) -> Refusal | None:
    """A response is encoded if, and only if, the client accepts the coding."""
    for case in evidence.extra["negotiation"]:
        if (refusal := _wrong_content(case, text_of(case.path))) is not None:
            return refusal
        accepted = _accepted(case.accept)
        if case.coding and case.coding not in accepted:
            return Refusal(
                f"The response to {case} has `Content-Encoding: {case.coding}`, which the client "
                "does not accept.",
                hint=1,
            )
        if case.coding and 2 * len(case.received.body) > len(text_of(case.path)):
            return Refusal(
                f"The response to {case} is encoded, and has {len(case.received.body):,} bytes of "
                f"{len(text_of(case.path)):,}; expected less than half.",
                hint=4,
            )
        if "gzip" in accepted and not case.coding:
            return Refusal(
                f"The response to {case} has {len(case.received.body):,} bytes and is not "
                "compressed, although the client accepts it.",
                hint=1,
            )
    return None


def says_what_it_depends_on(evidence: Evidence) -> Refusal | None:
    """Whatever can be encoded says that it varies, and keeps what it varied by before."""
    documents = [evidence.extra["plain"], evidence.extra["encoded"]]
    for case in [*evidence.extra["negotiation"], *documents]:
        names = [name.strip().lower() for name in (case.received.value("vary") or "").split(",")]
        if "accept-encoding" not in names:
            return Refusal(
                f"The response to {case} has `Vary: {case.received.value('vary') or ''}`; expected "
                "`Accept-Encoding` in it. A cache would give it to a client that accepts "
                "something else.",
                hint=2,
            )
        if case.path == "/document" and "origin" not in names:
            return Refusal(
                f"The application's own `Vary: Origin` is missing from the response to {case}.",
                hint=2,
            )
    return None


def grows_nothing(evidence: Evidence) -> Refusal | None:
    """A small body stays small, unless the client accepts nothing but an encoded one."""
    plain, small, encoded = evidence.extra["small"]
    for case in (plain, small, encoded):
        if (refusal := _wrong_content(case, SMALL)) is not None:
            return refusal
    if len(small.received.body) > len(plain.received.body):
        return Refusal(
            f"{small}: {len(plain.received.body)} bytes have become "
            f"{len(small.received.body)}; expected no more than before.",
            hint=1,
        )
    if not encoded.coding:
        return Refusal(
            f"{encoded}: the response is not encoded, and `identity;q=0` says that the client "
            "does not accept that, however small it is.",
            hint=2,
        )
    return None


def keeps_headers(evidence: Evidence) -> Refusal | None:
    """All other headers are there, as often as before."""
    for case in evidence.extra["cookies"]:
        if (refusal := _wrong_content(case, text_of(case.path))) is not None:
            return refusal
        for name, before in _KEPT.items():
            after = case.received.values(name)
            if before != after:
                return Refusal(
                    f"{case}: the application set {_headers(name, before)}; the response has "
                    f"{_headers(name, after)}.",
                    hint=2,
                )
    return None


def touches_nothing_else(evidence: Evidence) -> Refusal | None:
    """What is encoded already, a part of something, or has no body is left as it is."""
    bodies = {"/image": image(), "/part": text_of("/part")[:8_000], "/nothing": b""}
    for path in UNTOUCHED:
        plain, other = evidence.extra["untouched"][path]
        for case in (plain, other):
            expected = plain.received.body if path == "/encoded" else bodies[path]
            coding = "br" if path == "/encoded" else None
            tag = '"encoded"' if path == "/encoded" else case.tag
            after = case.received.status, case.coding, case.tag, case.received.body
            if after != (_STATUSES.get(path, 200), coding, tag, expected):
                return Refusal(
                    f"The response to {case} has been changed. {_UNTOUCHED_BECAUSE[path]}", hint=1
                )
    found = _wrong_content(evidence.extra["untouched"]["/encoded"][0], text_of("/encoded"))
    return found or _wrong_content(evidence.extra["pieces"], text_of("/pieces"))


def tags_each_encoding(evidence: Evidence) -> Refusal | None:
    """A strong tag belongs to one encoding, and a tag leads to a 304 as long as it is current."""
    plain, encoded = evidence.extra["plain"], evidence.extra["encoded"]
    for case in (plain, encoded):
        if (refusal := _wrong_content(case, text_of("version 1"))) is not None:
            return refusal
        if case.tag is None:
            return Refusal(f"The response to {case} has lost its `ETag`.", hint=3)
    if encoded.tag == plain.tag:
        return Refusal(
            f"{encoded}: the compressed response has `ETag: {encoded.tag}`, as the uncompressed "
            "one has. A strong tag stands for exact bytes, and these are not the same bytes.",
            hint=3,
        )
    for first, again in evidence.extra["unchanged"]:
        if again.received.status != 304:
            return Refusal(
                f"{again}: this is the tag of the first response, nothing has changed, and the "
                f"status is {again.received.status}; expected 304. Does the application know this "
                "tag?",
                hint=3,
            )
        if again.tag != first.tag:
            return Refusal(
                f"{again}: the 304 has `ETag: {again.tag}`; expected that of the response that the "
                f"client has, `{first.tag}`.",
                hint=4,
            )
    return None


def notices_changes(evidence: Evidence) -> Refusal | None:
    """A POST reaches the application, and a tag from before leads to the new document."""
    if evidence.extra["version"] != 2:
        return Refusal(
            "A POST to /document never reached the application: what it was to change is lost."
        )
    for case in evidence.extra["changed"]:
        if case.received.status != 200:
            return Refusal(
                f"{case}: a POST has changed the document since, and the status is "
                f"{case.received.status}; expected 200 and the new document."
            )
        if (refusal := _wrong_content(case, text_of("version 2"))) is not None:
            return refusal
    return None


def answers_head(evidence: Evidence) -> Refusal | None:
    """HEAD has the headers of GET, except for a length that is not known."""
    for get, head in evidence.extra["head"]:
        for name in sorted({name for name, _ in (*get.received.headers, *head.received.headers)}):
            before, after = get.received.values(name), head.received.values(name)
            same = before == after or (name == "content-length" and not after)
            if not same and name not in ("date", "transfer-encoding"):
                return Refusal(
                    f"{head}: it has {_headers(name, after)}, and GET has "
                    f"{_headers(name, before)}; expected the same.",
                    hint=3,
                )
    return None


def streams(evidence: Evidence) -> Refusal | None:
    """Each piece of a stream can be decoded before the next one is made, and JSON Lines are
    compressed."""
    for stream in evidence.extra["streams"]:
        path = stream.case.path
        if stream.arrived < PIECES:
            return Refusal(
                f"{stream.case}: {stream.arrived} of {PIECES} pieces could be decoded while the "
                f"application waited for the client to have them ({stream.bytes_in_time:,} bytes "
                "had arrived); expected all. Whoever buffers them, or compresses them without a "
                "flush, turns a stream into a delay.",
                hint=4,
            )
        expected = b"".join(piece_of(path, number) for number in range(PIECES))
        if stream.undecodable or stream.content != expected:
            why = stream.undecodable or "the content is not that of the application"
            return Refusal(f"The response to {stream.case} cannot be decoded: {why}.", hint=4)
        if path.startswith("/lines/") and not stream.case.coding:
            return Refusal(
                f"{stream.case}: the stream is not compressed. Exports are the largest responses "
                "of all.",
                hint=4,
            )
    return None


def breaks_with_the_application(evidence: Evidence) -> Refusal | None:
    """A response whose application raises does not look complete."""
    case = evidence.extra["broken"]
    if case.received.status == 200 and not case.received.faults:
        return Refusal(
            f"{case}: the application raised an exception in the middle of its response, and the "
            "client received one that looks complete; expected it to break off.",
            hint=4,
        )
    return None


def leaves_the_loop(evidence: Evidence) -> Refusal | None:
    """Others are served while a large body is compressed."""
    case, ticks = evidence.extra["big"], evidence.extra["ticks"]
    if (refusal := _wrong_content(case, big())) is not None:
        return refusal
    if not case.coding:
        return Refusal(f"The response to {case} has {BIG:,} bytes and is not compressed.", hint=1)
    if ticks < FEWEST_TICKS:
        return Refusal(
            f"While {BIG:,} bytes were compressed, the event loop ran something else {ticks} "
            "times; expected it to go on. Meanwhile nobody else is served.",
            hint=4,
        )
    if evidence.extra["held"] > MOST_HELD:
        return Refusal(
            f"While {BIG:,} bytes were compressed, the event loop ran other tasks, but was held "
            "for as long as the compression takes. Meanwhile nobody else is served.",
            hint=4,
        )
    return None


def serves_a_crowd(evidence: Evidence) -> Refusal | None:
    """Clients at once get what each would get alone."""
    for case in evidence.extra["crowd"]:
        wrong = _wrong_content(case, text_of(case.path)) is not None
        if wrong or bool(case.coding) != (case.accept == "gzip"):
            return Refusal(
                f"With {CROWD} clients at once, the response to {case} is not the one that it gets "
                f"alone (`Content-Encoding: {case.coding or ''}`). What do requests share?",
                hint=2,
            )
    return None


def compresses_the_shop(evidence: Evidence) -> Refusal | None:
    """It does in the shop what it did here, for the first of two requests as well."""
    for seen in evidence.observations:
        if seen.probe.path == SHOP and seen.probe.headers:
            size = len(str(seen.expected))
            sent = max(seen.work.response_bytes, seen.first_work.response_bytes)
            if sent > size / 3:
                return Refusal(
                    f"In the shop, {seen.probe} sent {sent:,} bytes for {size:,} characters; "
                    "expected them to be compressed.",
                    hint=1,
                )
    return None


def _accepted(accept: str | None) -> set[str]:
    found = negotiate((accept or "").encode(), 0)
    return {name.decode() for name in found.accepted} if found else set()


def _wrong_content(case: Case, expected: bytes) -> Refusal | None:
    try:
        content = decoded(case.received.body, case.coding)
    except Undecodable as error:
        return Refusal(f"The response to {case} cannot be decoded: {error}.", hint=2)
    if case.received.status != 200 or content != expected:
        return Refusal(
            f"{case}: status {case.received.status} and {len(content):,} bytes of content; "
            f"expected 200 and the {len(expected):,} bytes of the application."
        )
    return None


def _headers(name: str, values: list[str]) -> str:
    return ", ".join(f"`{name}: {value}`" for value in values) or f"no `{name}`"


FIRST_STEPS = (
    is_well_formed,
    negotiates,
    says_what_it_depends_on,
    grows_nothing,
    keeps_headers,
    touches_nothing_else,
    tags_each_encoding,
    notices_changes,
    answers_head,
    streams,
    breaks_with_the_application,
    leaves_the_loop,
    serves_a_crowd,
)

EXERCISE = MiddlewareExercise(
    goal="Responses are compressed for the clients that accept it, and for nobody else; every "
    "other header, tag, stream and status is as right as without compression.",
    replaces=Compression,
    application=Site,
    trial=trial,
    probes=(
        Probe(SHOP, headers={"Accept-Encoding": "gzip"}),
        Probe("/api/products/1", headers={"Accept-Encoding": "gzip"}),
        Probe("/api/orders?limit=20", headers={"Accept-Encoding": "gzip;q=0"}),
        Probe("/api/products/9999999"),
    ),
    changes=(
        Probe(
            "/api/products/1",
            method="PATCH",
            json={"price": "12.34"},
            account=1,
            scopes=("catalog:write",),
        ),
    ),
    first_steps=FIRST_STEPS,
    steps=(
        *FIRST_STEPS,
        answers,
        same_answer,
        same_answer_concurrently,
        same_answer_after_changes,
        compresses_the_shop,
    ),
    hints=(
        "Decide in two places. When the request comes: which codings does its `Accept-Encoding` "
        "allow? Names are case-insensitive, `*` stands for every coding that is not listed, `q=0` "
        "means never. When the response starts: are its status, type, length and headers those of "
        "something to compress?",
        "Keep the headers as the list of pairs that they are: remove `content-length`, append "
        "`content-encoding`, merge `vary`. `Vary` belongs on the uncompressed response as well. "
        "All that concerns one request is in local variables or in an object of its own, never on "
        "`self` of the middleware.",
        'Weaken the tag, or append the coding to it as in `"v1-gzip"`. Either way the client sends '
        "back what you made of it, so translate `If-None-Match` before the application compares, "
        "and the `ETag` of a 304 on its way back. HEAD gets the headers that GET would get, "
        "without a length, and you know them from the start message alone.",
        "A complete body comes in a single message whose `more_body` is false; hold the start "
        "message back until you see it. For a stream, `zlib.compressobj(6, zlib.DEFLATED, 31)`, "
        "and after each piece `flush(zlib.Z_SYNC_FLUSH)`, at the end `flush()`, without a length. "
        "Run large bodies through `asyncio.to_thread`. Let exceptions pass.",
    ),
)
