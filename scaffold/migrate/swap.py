"""The constraints and indexes of a table that go, and those that come."""

from dataclasses import dataclass

from scaffold.migrate.tables import Additions, additions, batch
from scaffold.spec.constraints import Constraint, Features


@dataclass(frozen=True)
class Swap:
    name: str
    """The name of the feature."""
    before: Features
    after: Features

    @property
    def come(self) -> list[Constraint]:
        had, has = self._both
        return [each for each in has if each not in had]

    @property
    def removal(self) -> str:
        had, has = self._both
        gone = [had[each].reverse() for each in reversed(had) if each not in has]
        return batch(self.before[self.name].plural, gone)

    @property
    def creation(self) -> str:
        _, has = self._both
        return batch(self.after[self.name].plural, [has[each] for each in self.come])

    @property
    def _both(self) -> tuple[Additions, Additions]:
        had, has = (additions(each[self.name], each) for each in (self.before, self.after))
        return had, has
