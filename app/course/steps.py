"""Steps that most checks share. Each looks at the evidence and refuses, or lets it pass."""

from collections import Counter

from app.course.difference import difference
from app.course.evidence import Evidence, Observation
from app.course.exercise import Refusal, Step


def answers(evidence: Evidence) -> Refusal | None:
    """The endpoint runs without raising."""
    for seen in evidence.observations:
        if seen.exception:
            message = f"{_request(seen)} raised {seen.exception}"
            return Refusal(message, hint=1, outcome="error")
    return None


def still_the_same_answer(evidence: Evidence) -> Refusal | None:
    """After the data has changed, the answer is still the reference's: nothing is remembered that
    has become wrong."""
    for seen in evidence.moved:
        if seen.exception:
            return Refusal(f"{_when(seen)}, {_request(seen)} raised {seen.exception}")
        sentence = difference(seen.expected, seen.answer)
        if seen.status != seen.expected_status:
            sentence = f"the status is {seen.status}, expected {seen.expected_status}"
        if sentence:
            return Refusal(
                f"{_when(seen)}, {_request(seen)} is out of date: {sentence}. An answer that was "
                "kept from an earlier request may not be served once the data has changed.",
                hint=1,
            )
    return None


def served_by_learner(evidence: Evidence) -> Refusal | None:
    """The learner's own code answered, not the shop's."""
    for seen in evidence.observations:
        if not seen.by_learner:
            return Refusal(
                f"{_request(seen)} was answered by the shop's endpoint, not by yours. "
                "Is the path in your router the one asked for? It stands below /api.",
                hint=1,
            )
    return None


def same_answer(evidence: Evidence) -> Refusal | None:
    """Status and body are those of the finished shop, on inputs the notebook does not show."""
    for seen in evidence.observations:
        if seen.status != seen.expected_status:
            return Refusal(
                f"{_request(seen)} answered with status {seen.status}; "
                f"expected {seen.expected_status}.",
                hint=1,
            )
        sentence = difference(seen.expected, seen.answer)
        if sentence:
            return Refusal(f"{_request(seen)}: {sentence}.", hint=3)
    return None


def statements_at_most(limit: int, *, hint: int = 2) -> Step:
    """No probe takes more than ``limit`` SQL statements."""

    def step(evidence: Evidence) -> Refusal | None:
        for seen in evidence.observations:
            if seen.work.statements > limit:
                return Refusal(
                    f"Right answer, but {seen.work.statements:,} SQL statements for "
                    f"{_request(seen)}; {limit} are enough.{_repeated(seen)}",
                    hint=hint,
                )
        return None

    return step


def _repeated(seen: Observation) -> str:
    text, times = Counter(seen.statements).most_common(1)[0]
    return f" This one ran {times:,} times: {text[:120]}…" if times > 1 else ""


def same_answer_for_a_crowd(evidence: Evidence) -> Refusal | None:
    """Several customers at once get what each of them would get alone."""
    for seen in evidence.crowd:
        if seen.exception:
            return Refusal(
                f"With several customers at once, {_request(seen)} raised {seen.exception}. Alone, "
                "each of them was answered: what do two requests share?",
                outcome="error",
            )
        if not seen.as_expected:
            sentence = difference(seen.expected, seen.answer)
            return Refusal(
                f"With several customers at once, {_request(seen)} is wrong: "
                f"{sentence or f'status {seen.status}, expected {seen.expected_status}'}. Alone, "
                "each of them got the right answer: what do two requests share?",
            )
    return None


def _when(seen: Observation) -> str:
    return f"After {seen.after}" if seen.after else "After a change"


def _request(seen: Observation) -> str:
    return f"{seen.probe.method} {seen.probe.path}"
