"""Which ``Accept-Encoding`` headers allow compression, and from which size on."""

import pytest

from app.shop.edge.accept_encoding import gzip_from

MINIMUM = 1000
NEVER = None


@pytest.mark.parametrize(
    ("header", "smallest"),
    [
        ("", NEVER),
        ("identity", NEVER),
        ("br, zstd", NEVER),
        ("gzip", MINIMUM),
        ("GZip", MINIMUM),
        ("x-gzip", MINIMUM),
        ("gzip, deflate, br, zstd", MINIMUM),
        ("deflate , gzip ", MINIMUM),
        ("gzipped", NEVER),
        ("gzip;q=1", MINIMUM),
        ("gzip; q=1.000", MINIMUM),
        ("gzip ; Q = 0.5", MINIMUM),
        ("gzip;q=0.001", MINIMUM),
        ("gzip;q=0", NEVER),
        ("gzip; q=0.000", NEVER),
        ("gzip;q=0, *", NEVER),
        ("*", MINIMUM),
        ("*;q=0.1", MINIMUM),
        ("*;q=0", NEVER),
        ("br;q=1, *;q=0.5", MINIMUM),
        ("gzip;q=0.5, identity", NEVER),
        ("gzip;q=0.5, identity;q=0.5", MINIMUM),
        ("gzip, identity;q=0.5", MINIMUM),
        ("gzip, identity;q=0", 0),
        ("gzip, *;q=0", 0),
        ("*, identity;q=0", 0),
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
        ("gzip;q=x, *", MINIMUM),
        ("gzip, identity;q=x", MINIMUM),
        (",,;,gzip,", MINIMUM),
        (";q=0,=,\x00\xff", NEVER),
    ],
)
def test_the_header_determines_the_minimum_size_to_compress(
    header: str, smallest: int | None
) -> None:
    assert gzip_from(header.encode("latin-1"), MINIMUM) == smallest
