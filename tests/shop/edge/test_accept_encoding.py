"""Which ``Accept-Encoding`` headers allow which coding, and from which size on."""

import pytest

from app.shop.edge.accept_encoding import negotiate

MINIMUM = 1000
NEVER = None


@pytest.mark.parametrize(
    ("header", "smallest"),
    [
        ("", NEVER),
        ("identity", NEVER),
        ("gzip", MINIMUM),
        ("GZip", MINIMUM),
        ("x-gzip", MINIMUM),
        ("deflate , gzip ", MINIMUM),
        ("gzip;q=0, *;q=0", NEVER),
        ("gzip, br;q=x", MINIMUM),
        ("gzipped", NEVER),
        ("gzip;q=1", MINIMUM),
        ("gzip; q=1.000", MINIMUM),
        ("gzip ; Q = 0.5", MINIMUM),
        ("gzip;q=0.001", MINIMUM),
        ("gzip;q=0", NEVER),
        ("gzip; q=0.000", NEVER),
        ("*;q=0", NEVER),
        ("gzip;q=0.5, identity", NEVER),
        ("gzip;q=0.5, identity;q=0.5", MINIMUM),
        ("gzip, identity;q=0.5", MINIMUM),
        ("gzip, identity;q=0", 0),
        ("gzip, *;q=0", 0),
        ("identity;q=0", NEVER),
        ("gzip;q=0, identity;q=0", NEVER),
        ("gzip;q=", NEVER),
        ("gzip;q=2", NEVER),
        ("gzip;q=1.5", NEVER),
        ("gzip;q=-1", NEVER),
        ("gzip;q=nan", NEVER),
        ("gzip;q=1e0", NEVER),
        ("gzip;level=9", NEVER),
        ("gzip;", NEVER),
        ("gzip, identity;q=x", MINIMUM),
        (",,;,gzip,", MINIMUM),
        (";q=0,=,\x00\xff", NEVER),
    ],
)
def test_the_header_determines_the_minimum_size_to_compress_with_gzip(
    header: str, smallest: int | None
) -> None:
    found = negotiate(header.encode("latin-1"), MINIMUM)
    assert (found and found.minimum) == smallest
    assert found is None or found.coding.name == b"gzip"


@pytest.mark.parametrize(
    ("header", "coding", "accepted"),
    [
        ("gzip, deflate, br, zstd", "zstd", "zstd br gzip"),
        ("gzip, deflate, br", "br", "br gzip"),
        ("GZIP, Br", "br", "br gzip"),
        ("zstd;q=0.5, br;q=0.8, gzip;q=0.7", "br", "zstd br gzip"),
        ("gzip, br;q=0.9, zstd;q=0.9", "gzip", "zstd br gzip"),
        ("*", "zstd", "zstd br gzip"),
        ("*, zstd;q=0", "br", "br gzip"),
        ("br;q=0, gzip", "gzip", "gzip"),
        ("gzip, *;q=0.5", "gzip", "zstd br gzip"),
        ("x-gzip, br;q=0.1", "gzip", "br gzip"),
        ("zstd, identity;q=0.5", "zstd", "zstd"),
        ("br, zstd", "zstd", "zstd br"),
    ],
)
def test_the_coding_with_the_highest_weight_is_chosen(
    header: str, coding: str, accepted: str
) -> None:
    found = negotiate(header.encode(), MINIMUM)
    assert found is not None
    assert found.coding.name.decode() == coding
    assert b" ".join(found.accepted).decode() == accepted
    assert found.minimum == MINIMUM


@pytest.mark.parametrize("header", ["zstd, br, identity;q=0", "br, *;q=0", "*, identity;q=0"])
def test_a_client_that_rejects_identity_gets_everything_encoded(header: str) -> None:
    found = negotiate(header.encode(), MINIMUM)
    assert found is not None
    assert found.minimum == 0


@pytest.mark.parametrize(
    "header", ["identity, br;q=0.5", "zstd;q=0, br;q=0, gzip;q=0, *", "deflate"]
)
def test_a_client_that_prefers_identity_gets_nothing_encoded(header: str) -> None:
    assert negotiate(header.encode(), MINIMUM) is None
