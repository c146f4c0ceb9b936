"""Why a server did not start, in a line of its own log."""

import re

_EXCEPTION = re.compile(r"(?:[\w.]+\.)?([A-Z]\w*[a-z]\w*: .+)")


def telling_line(log: str) -> str:
    """The last line that names an exception or an error; the last line where there is none."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    named = [found[1] for line in lines if (found := _EXCEPTION.fullmatch(line))]
    return (named or lines or ["nothing was logged"])[-1].rstrip(".")
