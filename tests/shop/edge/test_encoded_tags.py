"""An ETag for each encoding, and what becomes of it when the client sends it back."""

import pytest

from app.shop.edge.encoded_tags import KnownTags, encoded_tag

ACCEPTED = (b"gzip", b"br")


@pytest.mark.parametrize(
    ("tag", "encoded"),
    [
        (b'"abc"', b'W/"abc-gzip"'),
        (b'W/"abc"', b'W/"abc-gzip"'),
        (b'""', b'W/"-gzip"'),
        (b"malformed", b"malformed"),
        (b'"a"b"', b'"a"b"'),
    ],
)
def test_the_coding_is_appended(tag: bytes, encoded: bytes) -> None:
    assert encoded_tag(tag, b"gzip") == encoded


@pytest.mark.parametrize(
    ("if_none_match", "compared"),
    [
        (b'W/"abc-gzip"', b'W/"abc-gzip", "abc"'),
        (b'"abc-br"', b'"abc-br", "abc"'),
        (b'"x", W/"abc-gzip", "abc-br"', b'"x", W/"abc-gzip", "abc-br", "abc", "abc"'),
        (b'"abc-zstd"', b'"abc-zstd"'),
        (b'"abc"', b'"abc"'),
        (b"*", b"*"),
        (b"", b""),
        (b'"abc-gzip', b'"abc-gzip'),
    ],
)
def test_the_application_also_gets_the_original_tags(if_none_match: bytes, compared: bytes) -> None:
    assert KnownTags(if_none_match, ACCEPTED).header == compared


@pytest.mark.parametrize(
    ("if_none_match", "tag"),
    [
        (b'W/"abc-gzip"', b'W/"abc-gzip"'),
        (b'"other", "abc-br"', b'"abc-br"'),
        (b'"abc"', b'"abc"'),
        (b'"abc-zstd"', b'"abc"'),
        (b"*", b'"abc"'),
    ],
)
def test_a_304_has_the_tag_of_the_response_that_the_client_has(
    if_none_match: bytes, tag: bytes
) -> None:
    assert KnownTags(if_none_match, ACCEPTED).of(b'"abc"') == tag
    assert KnownTags(if_none_match, ACCEPTED).of(b'"new"') == b'"new"'


def test_a_tag_that_only_ends_like_an_encoding_still_matches() -> None:
    assert b'"report-gzip"' in KnownTags(b'"report-gzip"', ACCEPTED).header
