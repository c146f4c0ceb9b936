"""Output while a cell is running: HTML in a notebook, text in a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from time import monotonic
from typing import Any

Report = Callable[[str, float], None]
"""Called with what is being done and the share of it that is done, from 0 to 1."""

_PATIENCE_SECONDS = 0.5
_INTERVAL_SECONDS = 0.1


def in_notebook() -> bool:
    """Whether this process is a Jupyter kernel."""
    shell = sys.modules.get("IPython")
    return shell is not None and type(shell.get_ipython()).__name__ == "ZMQInteractiveShell"


def show(thing: Any) -> None:
    """Display ``thing`` now, while the rest of the cell is still to run."""
    from IPython.display import display

    display(thing)


@contextmanager
def progress_bar() -> Iterator[Report]:
    """A progress bar for work that turns out to take long. It disappears at the end."""
    with _notebook_bar() if in_notebook() else _terminal_bar() as report:
        yield report


@contextmanager
def _notebook_bar() -> Iterator[Report]:
    from IPython.display import HTML, display

    handle = None
    started = shown = monotonic()

    def report(text: str, done: float) -> None:
        # At most ten times a second: drawing more often would disturb what is measured.
        nonlocal handle, shown
        now = monotonic()
        if now - started < _PATIENCE_SECONDS or now - shown < _INTERVAL_SECONDS:
            return
        shown = now
        bar = HTML(f'<progress max="1" value="{done:.3f}"></progress> {escape(text)}')
        if handle is None:
            handle = display(bar, display_id=True)
        else:
            handle.update(bar)

    try:
        yield report
    finally:
        if handle is not None:
            handle.update(HTML(""))


@contextmanager
def _terminal_bar() -> Iterator[Report]:
    if not sys.stderr.isatty():
        yield lambda _text, _done: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=1.0)
        yield lambda text, done: progress.update(task, description=text, completed=done)
