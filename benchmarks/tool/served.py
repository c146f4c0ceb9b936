"""An application of ``apps`` in a process of its own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from benchmarks.common import served as common


@contextmanager
def served(
    app: str, *, counting: bool = False, environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Yields the URL of a new process that serves ``app``: with plain uvicorn, or ``counting`` as
    the lab's server does in a kernel."""
    name = f"benchmarks.tool.apps:{app}"
    with common.served(name, counting=counting, environment=environment) as url:
        yield url
