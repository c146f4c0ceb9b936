"""Steps that most checks share. Each inspects the evidence and returns a refusal or ``None``."""

from collections import Counter

from app.course.difference import difference
from app.course.evidence import BurstObservation, Evidence, Observation
from app.course.exercise import Refusal, Step
from app.course.json_text import text_difference
from app.course.sql import labels


def answers(evidence: Evidence) -> Refusal | None:
    """The endpoint runs without raising."""
    for seen in evidence.observations:
        if seen.exception:
            message = f"{_request(seen)} raised {seen.exception}"
            return Refusal(message, hint=1, outcome="error")
    return None


def same_answer_after_changes(evidence: Evidence) -> Refusal | None:
    """After the data has changed, the answer still equals the reference's: nothing is stale."""
    for seen in evidence.after_changes:
        if seen.exception:
            return Refusal(f"{_when(seen)}, {_request(seen)} raised {seen.exception}")
        sentence = difference(seen.expected, seen.answer)
        if seen.status != seen.expected_status:
            sentence = f"the status is {seen.status}, expected {seen.expected_status}"
        if sentence:
            return Refusal(
                f"{_when(seen)}, {_request(seen)} is out of date: {sentence}. Once the data has "
                "changed, a response cached from an earlier request must not be served.",
                hint=1,
            )
    return None


def served_by_learner(evidence: Evidence) -> Refusal | None:
    """The learner's own code answered, not the shop's."""
    for seen in evidence.observations:
        if not seen.by_learner:
            return Refusal(
                f"{_request(seen)} was answered by the shop's endpoint, not by yours. "
                "Does your router use the path in the exercise? The shop adds /api in front of it.",
                hint=1,
            )
    return None


def same_answer(evidence: Evidence) -> Refusal | None:
    """Status and body equal the finished shop's, on inputs the notebook does not show."""
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


def same_text(evidence: Evidence) -> Refusal | None:
    """What is sent equals the finished shop's character by character, white space apart."""
    for seen in evidence.observations:
        sentence = text_difference(seen.expected_body, seen.body)
        if seen.status == 200 and sentence:
            return Refusal(
                f"{_request(seen)}: the values are right, but they are written differently: "
                f"{sentence}.",
                hint=3,
            )
    return None


def statements_at_most(limit: int, *, hint: int = 2) -> Step:
    """No probe takes more than ``limit`` SQL statements."""

    def step(evidence: Evidence) -> Refusal | None:
        for seen in evidence.observations:
            if seen.work.statements > limit:
                return Refusal(
                    f"The answer is right, but {_request(seen)} took {seen.work.statements:,} SQL "
                    f"statements; expected at most {limit}.{_repeated(seen)}",
                    hint=hint,
                )
        return None

    return step


def _repeated(seen: Observation) -> str:
    text, times = Counter(seen.statements).most_common(1)[0]
    return f" This one ran {times:,} times: `{labels([text], 160)[0]}`" if times > 1 else ""


def same_answer_concurrently(evidence: Evidence) -> Refusal | None:
    """Concurrent requests get the answers that each would get alone."""
    for seen in evidence.concurrent:
        if seen.exception:
            return Refusal(
                f"With several customers at once, {_request(seen)} raised {seen.exception}. One at "
                "a time, all requests were answered: what do concurrent requests share?",
                outcome="error",
            )
        if not seen.as_expected:
            sentence = difference(seen.expected, seen.answer)
            return Refusal(
                f"With several customers at once, {_request(seen)} is wrong: "
                f"{sentence or f'status {seen.status}, expected {seen.expected_status}'}. One at a "
                "time, all answers were right: what do concurrent requests share?",
            )
    return None


def answers_bursts(*, hint: int) -> Step:
    """No request of a burst is rejected."""

    def step(evidence: Evidence) -> Refusal | None:
        for seen in evidence.bursts:
            burst, answered = seen.burst, seen.statuses.get(200, 0)
            if answered < burst.requests:
                others = ", ".join(
                    _rejected(seen, status) for status in seen.statuses if status != 200
                )
                return Refusal(
                    f"{burst.connections} clients sent {burst.requests} requests: {answered:,} "
                    f"were answered with 200, {others}; expected 200 for all.",
                    hint=hint,
                )
        return None

    return step


def _rejected(seen: BurstObservation, status: int) -> str:
    count = seen.statuses[status]
    if not status:
        return f"{count:,} not at all"
    reason = seen.reasons.get(status, "").rstrip(".")
    return f"{count:,} with {status} ({reason})" if reason else f"{count:,} with {status}"


def _when(seen: Observation) -> str:
    return f"After {seen.after}" if seen.after else "After a change"


def _request(seen: Observation) -> str:
    return str(seen.probe)
