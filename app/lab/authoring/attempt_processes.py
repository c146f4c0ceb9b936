"""Tries answers in several processes at once: an attempt mostly waits for servers.

Not in one process, where attempts would share the instruments that count their work.
"""

import atexit
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from app.lab.authoring.attempt_runner import AttemptRunner, Tried

_runners: list[AttemptRunner] = []
"""In a process of the pool: its own one."""


def try_each(answers: Iterable[Sequence[str]], processes: int) -> Generator[Tried]:
    """Run the cells of each answer. Yields what became of them in the given order.

    Raises ``CourseError`` if the course itself cannot go on.
    """
    if processes == 1:
        with AttemptRunner() as runner:
            yield from map(runner.run, answers)
        return
    # Forked, they would share the sockets and threads of this one.
    spawn = get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=spawn, initializer=_begin) as pool:
        futures = [pool.submit(_run, cells) for cells in answers]
        try:
            for future in futures:
                yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    runner = AttemptRunner()
    _runners.append(runner)
    atexit.register(runner.__exit__, None, None, None)


def _run(cells: Sequence[str]) -> Tried:
    return _runners[0].run(cells)
