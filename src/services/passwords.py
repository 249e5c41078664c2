"""Argon2id hashes of passwords, made and checked in threads: each takes tens of milliseconds."""

from asyncio import get_running_loop
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

# OWASP's minimum, https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
HASHER = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")


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
