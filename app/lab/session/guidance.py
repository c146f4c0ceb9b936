"""The verbs that guide through a lesson and its exercise."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.course.errors import CourseError
from app.course.kinds.several import Several
from app.course.shop import Shop
from app.lab.checks.outcome import CheckRefused
from app.lab.display.code import Code
from app.lab.display.notebook import show
from app.lab.display.notes import Note, file_source, hint, source
from app.lab.display.pending import must_be_awaited
from app.lab.display.table import Table
from app.lab.environment import prepare_process

if TYPE_CHECKING:
    from app.lab.load import Ratio

from app.lab.session.serving import Serving
from app.lab.session.state import DEFAULT


class Guidance(Serving):
    """Shows code, keeps predictions, checks answers, and gives hints."""

    @property
    def seed(self) -> int:
        """A number of your own, for an exercise that differs from learner to learner. It is drawn
        once for each lesson and kept in your record.

        Raises:
            CourseError: before the first ``lab.start``; when it cannot be recorded.
        """
        from app.lab.learner.progress import seed_of

        return seed_of(self._current.slug)

    @property
    def last(self) -> Any:
        """The latest result, such as one that came while the browser's tab was closed.

        A kernel goes on without a browser, but what a cell would have shown meanwhile is lost.

        Raises:
            CourseError: before the first result.
        """
        if self._last is None:
            raise CourseError("There is no result yet.")
        return self._last

    def source(self, thing: Callable[..., Any] | type | str | Path) -> Code:
        """Show the source of a part of the shop, or a file.

        Args:
            thing: A function, a method or a class; a path such as ``/api/orders``, for the
                endpoint with which the application that is served answers a GET request; or a
                ``Path`` of a file.

        Returns:
            Its code, below the name of its file.

        Raises:
            CourseError: for a path before anything is served, or without an endpoint.
            OSError: for something that was not read from a file.
        """
        if isinstance(thing, Path):
            return file_source(thing)
        return source(self._endpoint(thing) if isinstance(thing, str) else thing)

    def _endpoint(self, path: str) -> Callable[..., Any]:
        from app.lab.serving.endpoint import endpoint_at

        arm = self._arm(DEFAULT)
        app = arm.app.build(arm.settings or self.settings) if isinstance(arm.app, Shop) else arm.app
        return endpoint_at(getattr(app, "routes", ()), path)

    def predict(self, *unnamed: object, **numbers: float | None) -> Note:
        """Write down what you expect before you measure it.

        It is kept in your record, until you predict something else under the same name.

        Args:
            unnamed: Nothing: a prediction needs a name.
            numbers: A number by its name, as in ``lab.predict(round_trips=7)``; ``None`` for one
                that is not written yet.

        Returns:
            The numbers that were written down.

        Raises:
            CourseError: before the first ``lab.start``; for a prediction without a name, or one
                that is not a number.
        """
        from app.lab.learner.progress import record_predictions

        slug = self._current.slug
        note = Note(self._predictions.write({} if unnamed else numbers))
        if self._predictions.numbers:
            record_predictions(slug, self._predictions.numbers)
        return note

    def recall(self, **measured: "float | Ratio | None") -> Table:
        """Put what was measured beside what you predicted.

        Args:
            measured: A number or a ratio by the name it was predicted under.

        Returns:
            A row for each name: both numbers, the interval of a ratio, and by how much the
            prediction was too high or too low. A number that is missing is a dash.
        """
        return self._predictions.beside(measured)

    @must_be_awaited
    async def check(self, *answers: Any) -> None:
        """Check your answer to this lesson's exercise, and record the outcome.

        A box shows it: passed, not yet, an error, or not attempted.

        Args:
            answers: What the exercise asks for: a router, a function or a value.

        Raises:
            CheckRefused: for an answer that does not pass, so that no further cell runs.
            CourseError: before the first ``lab.start``; when the outcome cannot be recorded.
        """
        from app.lab.authoring.project import this_project
        from app.lab.checks.check import check
        from app.lab.learner.advice import advised
        from app.lab.learner.progress import record

        copies, _ = self._services()
        self._require_redis()
        if not answers:
            raise CourseError("Hand your answer in: `lab.check(…)`.")
        answer = answers[0] if len(answers) == 1 else Several(answers)
        found = await check(self._current.slug, answer, copies, self.seed)
        outcome = advised(found, this_project()) if found.attempted else found
        self.last_outcome = outcome.to_json()
        show(self._keep(outcome))
        if outcome.attempted:
            await asyncio.to_thread(record, self._current.slug, outcome.outcome)
        if outcome.outcome in ("wrong", "error"):
            raise CheckRefused(outcome)

    def hint(self, layer: int = 1) -> Note:
        """Show a hint for this lesson's exercise.

        Args:
            layer: From 1, where to look, to 4, an outline of the solution.

        Returns:
            The hint.

        Raises:
            CourseError: before the first ``lab.start``; for any other number.
        """
        from app.lab.checks.check import exercise_of
        from app.lab.learner.progress import record_hint

        shown = hint(exercise_of(self._current.slug).hints, layer)
        record_hint(self._current.slug, layer)
        return shown

    def solution(self) -> Code | Note:
        """Show the solution of this lesson's exercise, once it spoils nothing.

        That is after a pass, after the second failed check, or with the last hint.

        Returns:
            The code of the solution, or a sentence that says how to get to it.

        Raises:
            CourseError: before the first ``lab.start``; for a lesson without an exercise.
        """
        from app.lab.authoring.project import this_project
        from app.lab.learner.progress import entry_of
        from app.lab.learner.solution import solution

        slug = self._current.slug
        return solution(slug, entry_of(slug), this_project())

    def reset(self) -> Code | Note:
        """Get the cell to edit back as shipped.

        Run alone in the cell to edit, it turns that cell into the one shipped, and keeps a copy of
        the notebook as last saved. In any other cell, the shipped one appears below it. ``course
        reset`` does the same to a file.

        Returns:
            Where the cell is; outside of Jupyter, its code.

        Raises:
            CourseError: before the first ``lab.start``; for a lesson without an exercise.
        """
        from app.lab.authoring.project import this_project
        from app.lab.learner.reset_here import reset_here

        return reset_here(self._current.slug, this_project(), Path.cwd())

    def progress(self) -> Table:
        """Show which exercises you have passed.

        Returns:
            A row for each lesson: its state, the number of attempts and the hints read.
        """
        from app.lab.learner.progress import table

        return table()

    @must_be_awaited
    async def doctor(self) -> Table:
        """Examine what the course needs from this machine.

        Returns:
            A row for each requirement: whether it is met, and what to do if not.
        """
        from app.lab.machine.doctor import examine, report

        prepare_process()
        return report(await asyncio.to_thread(examine))
