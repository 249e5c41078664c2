import time
from uuid import RFC_4122

from src.core.ids import uuid7


def test_id_is_a_version_7_uuid_of_the_rfc() -> None:
    made = uuid7()

    assert made.version == 7
    assert made.variant == RFC_4122


def test_id_contains_the_time_in_milliseconds() -> None:
    before = time.time_ns() // 1_000_000
    milliseconds = uuid7().int >> 80
    after = time.time_ns() // 1_000_000

    assert before <= milliseconds <= after


def test_later_ids_are_greater() -> None:
    made = []
    for _ in range(1000):
        made.append(uuid7())
        started = time.time_ns()
        while time.time_ns() - started < 1000:  # the clock's fraction has steps of 245 ns
            pass

    assert made == sorted(made)


def test_ids_are_all_different() -> None:
    assert len({uuid7() for _ in range(10_000)}) == 10_000
