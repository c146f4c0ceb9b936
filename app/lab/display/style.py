"""Charts that look the same whatever the learner has configured for matplotlib."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def default_style() -> Iterator[None]:
    """Matplotlib's own defaults, instead of those of a ``matplotlibrc``. Also a decorator.

    Needed where a figure is made and where it is rendered, which makes the tick labels.
    """
    import matplotlib.style

    with matplotlib.style.context("default"):
        yield
