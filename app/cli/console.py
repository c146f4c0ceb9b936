"""Output on terminals and in files whose encoding lacks some of the characters."""

import codecs
import io
import sys

_SUBSTITUTES = {
    "✓": "+",
    "✗": "x",
    "─": "-",
    "—": "-",
    "–": "-",
    "…": "...",
    "“": '"',
    "”": '"',
    "’": "'",
    "×": "x",
    "±": "+/-",
    "→": "->",
    "µ": "u",
}
_HANDLER = "course.substitute"


def substitute_missing_characters() -> None:
    """Print a similar character where the output's encoding lacks one, such as ``+`` for a tick.

    Windows encodes what is redirected to a file as its code page, such as cp1252.
    """
    codecs.register_error(_HANDLER, _substitute)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def _substitute(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(_SUBSTITUTES.get(character, "?") for character in missing), error.end
