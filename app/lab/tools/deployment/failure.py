"""Why a server did not start, in a line of its own log."""

import re

_EXCEPTION = re.compile(r"(?:[\w.]+\.)?([A-Z]\w*[a-z]\w*(?<!Warning)(?<!Usage): .+)")


def telling_line(log: str) -> str:
    """The first line that names an exception, whatever others that one leads to; where there is
    none, the last line."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    named = (found[1] for line in lines if (found := _EXCEPTION.fullmatch(line)))
    return next(named, lines[-1] if lines else "nothing was logged").rstrip(".")
