"""Checking passwords without getting in the way of other requests."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore

from fastapi import HTTPException
from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers import HasherProtocol
from pwdlib.hashers.argon2 import Argon2Hasher

# Of no password. It names the same costs as the hashes that are made today.
NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$" + "A" * 22 + "$" + "A" * 43

Verdict = tuple[bool, str | None]
"""Whether the password is right, and its new hash if the stored one is of outdated costs."""


class TooManyLogins(HTTPException):
    """More passwords are waiting to be checked than we let wait: 503."""

    def __init__(self) -> None:
        super().__init__(503, "Too many logins at a time.", {"Retry-After": "1"})


class Passwords:
    """Checks at most ``at_once`` passwords at a time, while ``waiting`` more may wait.

    One check takes 64 MiB, and keeps up to four cores busy by itself: two at a time are done no
    sooner on as many cores. It runs in a thread, so that the event loop need not wait for it. The
    threads are its own, and their number is the limit: a thread goes on after its request was
    cancelled, when a semaphore of the event loop would be free again.
    """

    def __init__(
        self,
        *,
        at_once: int = 1,
        waiting: int = 20,
        hashers: Sequence[HasherProtocol] | None = None,
    ) -> None:
        self._hash = PasswordHash(hashers or (Argon2Hasher(),))
        self._threads = ThreadPoolExecutor(at_once, "passwords")
        self._places = BoundedSemaphore(at_once + waiting)

    async def check(self, password: str, stored: str | None) -> Verdict:
        """Is it the password that ``stored`` is the hash of?

        That there is no account (``None``), or one without a usable password, takes as much work
        as a wrong password. Raises ``TooManyLogins``.
        """
        if not self._places.acquire(blocking=False):
            raise TooManyLogins
        check: Future[Verdict] = self._threads.submit(self._check, password, stored)
        check.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(check)

    def _check(self, password: str, stored: str | None) -> Verdict:
        try:
            return self._hash.verify_and_update(password, NOBODYS if stored is None else stored)
        except UnknownHashError:
            self._hash.verify(password, NOBODYS)
            return False, None

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
