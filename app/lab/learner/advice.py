"""How to go on from the outcome of a check."""

from dataclasses import replace

from app.lab.authoring.frame import link
from app.lab.authoring.project import Project
from app.lab.checks.outcome import Outcome
from app.lab.learner.progress import LAST_HINT, Entry, ProgressError, entry_of


def advised(outcome: Outcome, project: Project) -> Outcome:
    """The outcome with its advice for this learner, before it is in the record."""
    try:
        entry = entry_of(outcome.lesson)
    except ProgressError:  # recording it will say so; the outcome itself comes first
        entry = Entry()
    entry.count(outcome.outcome)
    return with_advice(outcome, entry, project)


def with_advice(outcome: Outcome, entry: Entry, project: Project) -> Outcome:
    """The outcome with its advice for a learner whose record is ``entry``, this check included."""
    if outcome.outcome == "passed":
        return replace(outcome, advice=(*_offers(entry), _next(outcome.lesson, project)))
    if outcome.outcome in ("wrong", "error") and entry.solution_is_open:
        return replace(outcome, advice=("The solution is open to you, too: `lab.solution()`.",))
    return outcome


def _offers(entry: Entry) -> tuple[str, ...]:
    unread = [layer for layer in range(1, LAST_HINT + 1) if layer not in entry.hints]
    solution = "Compare your answer with the solution: `lab.solution()`."
    if not unread:
        return (solution,)
    calls = ", ".join(f"`lab.hint({layer})`" for layer in unread)
    return solution, f"Hints you have not read: {calls}."


def _next(slug: str, project: Project) -> str:
    (lesson,) = project.chosen([slug])
    following = project.following(lesson)
    if following is None:
        return "That was the last lesson."
    return f"Next: {link(following.title, following, 'lesson')}"
