"""Argon2id hashes of passwords, made and checked in a thread: each takes tens of milliseconds."""

from asyncio import get_running_loop, sleep
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import cache
from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from src.core.errors import UnavailableError

# OWASP's minimum, https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
HASHER = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))
THREADS = 1
"""A worker has a processor: more threads would take it away from the event loop."""
WAITING = 8
"""Most requests that wait for the thread; the next one is refused."""
REFUSAL_SECONDS = 0.25
"""Time before a refusal: clients that repeat at once would fill the event loop with refusals."""
_THREADS = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="password")
_PLACES = BoundedSemaphore(THREADS + WAITING)


@asynccontextmanager
async def place() -> AsyncIterator[None]:
    """Hold a place in the queue for the thread. Raises `UnavailableError` if there is none."""
    if not _PLACES.acquire(blocking=False):
        await sleep(REFUSAL_SECONDS)
        msg = "Too many passwords are being checked: repeat the request."
        raise UnavailableError(msg)
    try:
        yield
    finally:
        _PLACES.release()


async def hash_password(password: str) -> str:
    return await get_running_loop().run_in_executor(_THREADS, HASHER.hash, password)


async def check_password(password: str, known: str | None) -> tuple[bool, str | None]:
    """Return whether the password is right, and a new hash if the known one is weaker than ours.

    Takes as long without a known hash, so that the time does not reveal which users exist.
    """
    return await get_running_loop().run_in_executor(_THREADS, _check, password, known)


def _check(password: str, known: str | None) -> tuple[bool, str | None]:
    is_right, newer = HASHER.verify_and_update(password, known or _unknown())
    return is_right and known is not None, newer


@cache
def _unknown() -> str:
    return HASHER.hash("unknown password")
