"""The values of a Bind message, in each of the ways in which a driver may say their formats."""

from struct import pack

import pytest

from app.lab.wire.bind_values import raw_values

VALUES = (b"one", None, b"\x00\x02")


def bind(*formats: int) -> bytes:
    """The message from the formats on."""
    body = pack(f"!H{len(formats)}H", len(formats), *formats) + pack("!H", len(VALUES))
    for value in VALUES:
        body += pack("!i", -1) if value is None else pack("!i", len(value)) + value
    return body


@pytest.mark.parametrize(
    ("said", "meant"), [((), (0, 0, 0)), ((1,), (1, 1, 1)), ((0, 0, 1), (0, 0, 1))]
)
def test_every_value_has_a_format(said: tuple[int, ...], meant: tuple[int, ...]) -> None:
    assert raw_values(b"ignored" + bind(*said), 7) == (meant, VALUES)
