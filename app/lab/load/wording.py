"""How results are put into words and numbers."""

from collections.abc import Iterable, Mapping, Sequence

from app.course.objects import Objects
from app.course.work import Work
from app.lab.display.work import LABELS, OBJECT_LABELS

UNKNOWN = "–"
_KINDS = {
    "connect": "could not connect",
    "reset": "closed without a reply",
    "timeout": "timed out",
    "wrong_body": "had a different body from the first replies (if it is meant to vary, set "
    "same_body=False)",
    "malformed": "were not valid HTTP",
    "unfinished": "were cut off",
}


def error_text(errors: Mapping[str, int], requests: int, raised: str | None = None) -> str:
    """What failed and how often, in words; ``raised`` is what the last of them raised."""
    failed = sum(errors.values())
    kinds = ", ".join(
        f"{count:,} {_KINDS.get(kind, f'answered with a {kind} status')}"
        for kind, count in sorted(errors.items(), key=lambda pair: -pair[1])
    )
    cause = f"; the last one raised {raised}" if raised else ""
    return f"{failed:,} of {failed + requests:,} requests failed: {kinds}{cause}"


def work_columns(works: Sequence[Work | None]) -> dict[str, list[str]]:
    """Header to cells, per request, for every count that at least one arm has."""
    if not any(works):
        return {}
    counts = [work.per_request() if work else {} for work in works]
    shown = [name for name in LABELS if any(per.get(name) for per in counts)]
    return {
        LABELS[name]: [number(per[name]) if name in per else UNKNOWN for per in counts]
        for name in shown
    }


def object_columns(built: Sequence[Objects | None]) -> dict[str, list[str]]:
    """Header to cells for every count of objects that at least one arm has."""
    shown = [name for name in OBJECT_LABELS if any(getattr(one, name, 0) for one in built)]
    return {
        OBJECT_LABELS[name]: [f"{getattr(one, name):,}" if one else UNKNOWN for one in built]
        for name in shown
    }


def number(value: float) -> str:
    """A count per request, without decimals if it is whole."""
    if abs(value - round(value)) < 0.005 or value >= 1000:
        return f"{value:,.0f}"
    return f"{value:,.2f}" if value < 100 else f"{value:,.1f}"


def quoted(names: Iterable[str]) -> str:
    """Names of arms in a sentence: ``“a”, “b” and “c”``."""
    *first, last = (f"“{name}”" for name in names)
    return f"{', '.join(first)} and {last}" if first else last


def milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1e3


def microseconds(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1e6


def decimals(value: float | None, digits: int) -> str:
    return UNKNOWN if value is None else f"{value:,.{digits}f}"
