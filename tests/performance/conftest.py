import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from sqlalchemy import Engine, event

from src.services import purging

type Counted = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture(autouse=True)
def _no_purge_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no statement depend on how many requests other tests have sent."""
    monkeypatch.setattr(purging, "EVERY", 10**9)


@pytest.fixture
def counted(caplog: pytest.LogCaptureFixture) -> Counted:
    """Collect the first words of a block's queries, those that bypass the session included."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        statements: list[str] = []

        def remember(*arguments: object) -> None:
            statements.append(str(arguments[2]).split()[0])

        event.listen(Engine, "before_cursor_execute", remember)
        with caplog.at_level(logging.DEBUG, "src.core.queries"):
            caplog.clear()
            yield statements
            statements += [
                each.message.split()[0]
                for each in caplog.records
                if each.name == "src.core.queries"
            ]
        event.remove(Engine, "before_cursor_execute", remember)

    return counting
