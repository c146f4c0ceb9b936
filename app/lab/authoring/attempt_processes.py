"""Tries answers in several processes at once: an attempt mostly waits for servers.

Not in one process, where attempts would share the instruments that count their work.
"""

from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context
from threading import Barrier, BrokenBarrierError
from typing import ClassVar

from app.lab.authoring.attempt_runner import AttemptRunner, Tried

_CLOSING_SECONDS = 60
"""That a process waits for the others when all of them close."""


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
    closing = spawn.Barrier(processes)
    with ProcessPoolExecutor(
        processes, mp_context=spawn, initializer=_Member.begin, initargs=(closing,)
    ) as pool:
        futures = [pool.submit(_Member.run, cells) for cells in answers]
        try:
            for future in futures:
                yield future.result()
        finally:
            for future in futures:
                future.cancel()
            with suppress(BrokenProcessPool):
                for closed in [pool.submit(_Member.close) for _ in range(processes)]:
                    closed.result()


class _Member:
    """A process of the pool."""

    _runner: ClassVar[AttemptRunner]
    _closing: ClassVar[Barrier]

    @classmethod
    def begin(cls, closing: Barrier) -> None:
        cls._runner = AttemptRunner()
        cls._closing = closing

    @classmethod
    def run(cls, cells: Sequence[str]) -> Tried:
        return cls._runner.run(cells)

    @classmethod
    def close(cls) -> None:
        """Not at the end of the process, when no thread can be started any more. Whoever has closed
        waits for the others, so that each process closes once."""
        cls._runner.__exit__(None, None, None)
        with suppress(BrokenBarrierError):
            cls._closing.wait(_CLOSING_SECONDS)
