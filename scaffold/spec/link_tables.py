"""The tables in which features keep their links."""

from collections.abc import Iterator
from dataclasses import dataclass

from scaffold.spec.constraints import OWNER, Constraint, Features
from scaffold.spec.feature import Feature
from scaffold.spec.link import Link
from scaffold.spec.names import class_of


@dataclass(frozen=True)
class LinkTable:
    feature: Feature
    link: Link
    features: Features

    @property
    def name(self) -> str:
        return f"{self.feature.name}_{self.link.name}"

    @property
    def class_name(self) -> str:
        return class_of(f"{self.feature.name}_{self.link.one}")

    @property
    def target(self) -> Feature:
        return {**self.features, self.feature.name: self.feature}[self.link.target]

    @property
    def source_column(self) -> str:
        return f"{self.feature.name}_id"

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of the primary key. A pair that another user has is not in the way."""
        own = (OWNER,) if self.feature.owned else ()
        return (self.source_column, self.link.column, *own)

    @property
    def constraints(self) -> Iterator[Constraint]:
        """Yield all but the primary key."""
        for column, parent in zip(self.key, (self.feature, self.target), strict=False):
            own = (OWNER,) if self.feature.owned and parent.owned else ()
            keys = (column, *own), parent.plural, ("id", *own), "CASCADE"
            # The usual name, with the owner and the parent in it, is often too long.
            yield Constraint("fk", self.name, *keys, rule=column)
        backwards = (self.link.column, self.source_column)
        yield Constraint("ix", self.name, backwards, rule=self.link.column)


def tables_of(feature: Feature, features: Features) -> list[LinkTable]:
    return [LinkTable(feature, each, features) for each in feature.links]
