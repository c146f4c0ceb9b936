"""Functions as a notebook's cell defines them."""

import asyncio
import linecache
import time
from collections.abc import Callable
from typing import Any


def cell(source: str, **names: Any) -> Callable[..., Any]:
    """The function ``endpoint`` of a notebook's cell."""
    filename = f"<cell of a test {hash(source)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    namespace = {"asyncio": asyncio, "time": time, **names}
    exec(compile(source, filename, "exec"), namespace)
    endpoint: Callable[..., Any] = namespace["endpoint"]
    return endpoint
