import secrets
import time
from uuid import UUID


def uuid7() -> UUID:
    """Return a time-ordered UUID (RFC 9562, section 5.7), with the clock's fraction of a
    millisecond in ``rand_a`` (section 6.2, method 3). Replace it by Python 3.14's ``uuid.uuid7``.
    """
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    fraction = (nanoseconds << 12) // 1_000_000
    return UUID(
        int=milliseconds << 80 | 7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62)
    )
