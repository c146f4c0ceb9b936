"""Requests made of a shop one after the other, with changes to its data between them."""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace

import asyncpg
from sqlalchemy import make_url

from app.course.evidence import Burst, Change, Observation, Probe
from app.lab.services.external import plain_url
from app.lab.serving.arm import Arm
from app.lab.serving.exchange import Exchange, exchange, repeated
from app.lab.serving.explain import explain
from app.lab.serving.server import Server
from app.lab.wire.middleware import QUERIES
from app.lab.wire.postgres_tap import Unattributed
from app.shop.accounts.tokens import issue_token
from app.shop.accounts.user import User

CUSTOMERS = 4


class Conversation:
    """All that one arm is asked.

    ``expected`` are the observations of the same conversation with the reference; without them, the
    arm is the reference.
    """

    def __init__(self, arm: Arm, expected: Iterator[Observation] | None = None) -> None:
        self._mine = arm
        self._expected = expected
        self._changed: str | None = None

    async def probe(
        self, probes: Sequence[Probe], instruments: Collection[str] = ()
    ) -> tuple[Observation, ...]:
        """Each probe in turn, and what came of it. ``instruments`` observe it besides the
        counters."""
        return tuple([await self._observe(probe, instruments) for probe in probes])

    async def change(
        self, changes: Sequence[Probe | Change], probes: Sequence[Probe]
    ) -> tuple[Observation, ...]:
        """Make each change in turn, and repeat after each of them the reads among the probes."""
        reads = [probe for probe in probes if probe.method == "GET"]
        seen: list[Observation] = []
        for change in changes:
            if isinstance(change, Change):
                await _execute(self._mine, change)
            else:
                seen.append(await self._observe(change))
            self._changed = str(change)
            seen += await self.probe(reads)
        return tuple(seen)

    async def concurrently(self, observations: Sequence[Observation]) -> tuple[Observation, ...]:
        """The reads among the observed probes again, all of them sent by ``CUSTOMERS`` at once. One
        that was observed several times is expected to be answered as the last time."""
        latest = {seen.probe: seen for seen in observations if seen.probe.method == "GET"}
        reads = [*latest.values()] * CUSTOMERS
        host = self._mine.host
        with host.barrier(len(reads)) if isinstance(host, Server) else nullcontext():
            answers = await asyncio.gather(*(_request(self._mine, seen.probe) for seen in reads))
        return tuple(
            replace(
                seen,
                status=answer.status,
                answer=answer.answer,
                work=answer.work,
                first_work=answer.work,
                exception=answer.exception,
                longest_chain=answer.longest_chain,
                tasks=answer.trace.tasks,
                peak_in_use=answer.peak_in_use,
                left_in_use=answer.left_in_use,
            )
            for seen, answer in zip(reads, answers, strict=True)
        )

    async def _observe(self, probe: Probe, instruments: Collection[str] = ()) -> Observation:
        before = self._unattributed()
        first = seen = await _request(self._mine, probe, instruments)
        if probe.method == "GET" and not first.exception:
            seen = await repeated(lambda: _request(self._mine, probe, instruments))
            if (first.status, first.answer) != (seen.status, seen.answer):
                # What is wrong once is wrong: the first answer is the one to judge.
                seen = first
        expected = next(self._expected) if self._expected else first
        rows_read = [await self._rows_read(one) for one in (first, seen) if QUERIES in instruments]
        return Observation(
            probe=probe,
            status=seen.status,
            answer=seen.answer,
            expected_status=expected.status,
            expected=expected.answer,
            work=seen.work,
            statements=seen.statements,
            by_learner=_by_learner(seen),
            exception=seen.exception,
            headers=seen.headers,
            expected_headers=expected.headers,
            first_work=first.work,
            after=self._changed,
            longest_chain=seen.longest_chain,
            tasks=seen.trace.tasks,
            peak_in_use=seen.peak_in_use,
            left_in_use=seen.left_in_use,
            unattributed=self._unattributed() - before,
            body=seen.body,
            expected_body=expected.body,
            objects=seen.objects,
            first_objects=first.objects,
            rows_read=max(rows_read, default=None),
        )

    async def _rows_read(self, seen: Exchange) -> int:
        assert self._mine.settings is not None
        return (await explain(self._mine.settings.database_url, seen.trace.queries)).rows_read

    def _unattributed(self) -> int:
        settings = self._mine.settings
        return Unattributed.to(make_url(settings.database_url).database or "") if settings else 0


async def _request(arm: Arm, probe: Probe, instruments: Collection[str] = ()) -> Exchange:
    return await exchange(
        arm.host,
        probe.path,
        method=probe.method,
        body=probe.json,
        headers=probe.headers,
        token=token_of(probe, arm),
        at=_worker_url(arm, probe),
        instruments=instruments,
    )


def token_of(sent: Probe | Burst, arm: Arm) -> str | None:
    """The bearer token of the account that sends it; ``None`` for an anonymous request."""
    if sent.account is None:
        return None
    assert arm.settings is not None
    return issue_token(User(sent.account, frozenset(sent.scopes)), arm.settings)


def _worker_url(arm: Arm, probe: Probe) -> str | None:
    urls = arm.host.urls
    return None if probe.worker is None else urls[(probe.worker - 1) % len(urls)]


def _by_learner(seen: Exchange) -> bool:
    endpoint = seen.trace.endpoint
    return endpoint is not None and not endpoint.startswith("app.")


async def _execute(arm: Arm, change: Change) -> None:
    assert arm.settings is not None
    connection = await asyncpg.connect(plain_url(arm.settings.database_url))
    try:
        await connection.execute(change.sql)
    finally:
        await connection.close()
