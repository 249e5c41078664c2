"""Which jobs a worker runs."""

import logging

import pytest
from pydantic import BaseModel

from src.jobs.handlers import AnyHandler, Handler, by_name, found
from src.jobs.lanes import Lane, lanes_of
from src.jobs.work import Work
from src.schemas.job import Kind


class Nothing(BaseModel):
    pass


async def run(work: Work[Nothing]) -> None:
    """Do nothing."""


def handlers(*kinds: Kind[Nothing]) -> dict[str, AnyHandler]:
    return by_name(Handler(each, run) for each in kinds)


A, B = Kind("a", Nothing), Kind("b", Nothing, version=3, upgrades={2: dict})
ABSENT = Kind("absent", Nothing, packages=("no_such_package", "no_such_package.part"))


@pytest.mark.parametrize(
    ("written", "lanes"),
    [
        (None, [Lane(("a.1", "b.2", "b.3"), 4)]),
        ("a", [Lane(("a.1",), 4)]),
        ("a=1", [Lane(("a.1",), 1)]),
        ("b=2, a", [Lane(("b.2", "b.3"), 2), Lane(("a.1",), 4)]),
        ("a=1,b=2", [Lane(("a.1",), 1), Lane(("b.2", "b.3"), 2)]),
    ],
)
def test_kinds_share_a_lane_or_have_their_own(written: str | None, lanes: list[Lane]) -> None:
    assert lanes_of(handlers(A, B), written, 4) == lanes


@pytest.mark.parametrize("written", ["c", "a,", "a=", "a=x", "a=0", "a=1001", "=1"])
def test_what_is_no_kind_or_number_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="write"):
        lanes_of(handlers(A, B), written, 4)


def test_kinds_without_their_packages_stay_queued(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert lanes_of(handlers(A, ABSENT), None, 4) == [Lane(("a.1",), 4)]
        assert lanes_of(handlers(A, ABSENT), "absent=1", 4) == []

    missing = "no_such_package, no_such_package.part"
    told = f"Jobs of the kind absent stay queued: {missing} is not installed"
    assert caplog.messages == [told] * 2


def test_kinds_of_the_service_are_found() -> None:
    assert {"purge-access", "purge-answers", "purge-jobs"} <= found().keys()
    assert all(name == each.kind.name for name, each in found().items())
