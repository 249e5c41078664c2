"""Bounds on what a process does at once, in all and for each owner."""

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from src.core.errors import DomainError


class Places:
    def __init__(
        self,
        most: int,
        most_of_owner: int,
        full: type[DomainError],
        full_for_owner: type[DomainError],
    ) -> None:
        self._most, self._most_of_owner = most, most_of_owner
        self._full, self._full_for_owner = full, full_for_owner
        self._taken = Counter[Hashable]()

    @contextmanager
    def one(self, owner: Hashable) -> Iterator[None]:
        """Take a place during the block; an empty owner has no bound of its own.

        Raises one of the two errors if there is none.
        """
        if owner and self._taken[owner] >= self._most_of_owner:
            raise self._full_for_owner
        if self._taken.total() >= self._most:
            raise self._full
        self._taken[owner] += 1
        try:
            yield
        finally:
            self._taken[owner] -= 1
            if not self._taken[owner]:
                del self._taken[owner]
