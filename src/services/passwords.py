"""Argon2id hashes of passwords, made and checked in threads: each takes tens of milliseconds."""

from asyncio import get_running_loop
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from src.core.errors import UnavailableError

# OWASP's minimum, https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
HASHER = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))
THREADS = 2
WAITING = 8
"""Most requests that wait for a thread; the next one is refused at once."""
_THREADS = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="password")
_PLACES = BoundedSemaphore(THREADS + WAITING)


@contextmanager
def place() -> Iterator[None]:
    """Hold a place in the queue for the threads. Raises `UnavailableError` if there is none."""
    if not _PLACES.acquire(blocking=False):
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
