"""Password verification in a limited number of threads."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore

from fastapi import HTTPException
from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers import HasherProtocol
from pwdlib.hashers.argon2 import Argon2Hasher

# Matches no password. Its cost parameters are those of new hashes.
DUMMY_HASH = "$argon2id$v=19$m=65536,t=3,p=4$" + "A" * 22 + "$" + "A" * 43

Verdict = tuple[bool, str | None]
"""Whether the password is correct, and a new hash if the stored one has outdated parameters."""


class TooManyLogins(HTTPException):
    """The queue for password checks is full: 503."""

    def __init__(self) -> None:
        super().__init__(503, "Too many logins at a time.", {"Retry-After": "1"})


class Passwords:
    """Checks at most ``max_workers`` passwords at a time, with a queue of up to ``max_queued``.

    One check takes 64 MiB and up to four cores, so two concurrent checks finish no sooner on as
    many cores. Checks run in threads of their own, off the event loop. The number of threads is the
    limit, because a thread continues after its request was cancelled, when a semaphore of the event
    loop would already have been released.
    """

    def __init__(
        self,
        *,
        max_workers: int = 1,
        max_queued: int = 20,
        hashers: Sequence[HasherProtocol] | None = None,
    ) -> None:
        self._hash = PasswordHash(hashers or (Argon2Hasher(),))
        self._threads = ThreadPoolExecutor(max_workers, "passwords")
        self._slots = BoundedSemaphore(max_workers + max_queued)

    async def check(self, password: str, stored: str | None) -> Verdict:
        """Whether ``password`` matches the hash ``stored``. Raises ``TooManyLogins``.

        A missing account (``None``) or an unusable hash takes as long as a wrong password, so that
        the response time does not reveal which accounts exist.
        """
        if not self._slots.acquire(blocking=False):
            raise TooManyLogins
        check: Future[Verdict] = self._threads.submit(self._check, password, stored)
        check.add_done_callback(lambda _: self._slots.release())
        return await asyncio.wrap_future(check)

    def _check(self, password: str, stored: str | None) -> Verdict:
        try:
            return self._hash.verify_and_update(password, DUMMY_HASH if stored is None else stored)
        except UnknownHashError:
            self._hash.verify(password, DUMMY_HASH)
            return False, None

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
