"""The spelling of links in the files of their feature."""

from dataclasses import dataclass

from scaffold.spec.constraints import Features, quoted
from scaffold.spec.feature import Feature
from scaffold.spec.link import Link
from scaffold.spec.link_tables import LinkTable, tables_of


@dataclass(frozen=True)
class LinkSpelling:
    table: LinkTable

    @property
    def link(self) -> Link:
        return self.table.link

    @property
    def target(self) -> Feature:
        return self.table.target

    @property
    def name(self) -> str:
        """The name of the table's class."""
        return self.table.class_name

    @property
    def storage(self) -> list[str]:
        constraints = (each.in_model(None) for each in self.table.constraints)
        return [f"PrimaryKeyConstraint({quoted(self.table.key)})", *constraints]


def links_of(feature: Feature, features: Features) -> list[LinkSpelling]:
    return [*map(LinkSpelling, tables_of(feature, features))]
