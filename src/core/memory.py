"""What the process keeps of the memory that it no longer uses."""

import ctypes
from contextlib import suppress

LARGE_BYTES = 131_072
M_MMAP_THRESHOLD = -3


def return_large_blocks() -> None:
    """Let glibc give every large block back to the system at once, as it does at first.

    Its threshold grows with the blocks that are freed. From then on each thread that has hashed a
    password keeps the 19 MB of it, and large bodies leave holes. Other C libraries lack the option.
    """
    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
