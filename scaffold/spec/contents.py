"""What a feature is made of, and how lists of it are sorted and filtered."""

from dataclasses import dataclass

from scaffold.errors import RefusedError
from scaffold.spec.field import Field
from scaffold.spec.link import Link


@dataclass(frozen=True)
class Contents:
    name: str
    fields: tuple[Field, ...]
    plural: str
    links: tuple[Link, ...] = ()

    @property
    def tokens(self) -> list[str]:
        """Return what it is made of, as it is written."""
        return [*map(str, self.fields), *map(str, self.links)]

    @property
    def targets(self) -> set[str]:
        """Return the features that its own rows refer to, or are linked with."""
        return {*(field.target for field in self.refs), *(link.target for link in self.links)}

    @property
    def refs(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.kind == "ref")

    @property
    def included(self) -> tuple[Field | Link, ...]:
        parts: tuple[Field | Link, ...] = (*self.refs, *self.links)
        return tuple(each for each in parts if each.include)

    @property
    def models(self) -> set[str]:
        return {field.model for field in self.fields if field.model}

    @property
    def sortable(self) -> tuple[Field, ...]:
        return tuple(
            field for field in self.fields if (field.unique or field.index) and field.kind != "ref"
        )

    @property
    def sorts(self) -> tuple[str, ...]:
        names = ["id", *(field.column for field in self.sortable)]
        return tuple(sort for name in names for sort in (name, f"-{name}"))

    @property
    def searched(self) -> tuple[str, ...]:
        """Columns in whose words lists are searched."""
        return tuple(field.column for field in self.fields if field.search)

    @property
    def parameters(self) -> list[str]:
        """Return the names in answers and in queries of lists, of which none may be there twice."""
        columns = [
            f"{field.column}{ending}"
            for field in self.fields
            for ending in sorted({"", *field.filters})
        ]
        included = [each.name for each in self.included]
        include = ["include"] if included else []
        return [*columns, *included, *include, *self._other_filters]

    @property
    def filters(self) -> tuple[str, ...]:
        """Parameters of its lists."""
        own = [f"{field.column}{ending}" for field in self.fields for ending in field.filters]
        return (*own, *self._other_filters)

    @property
    def _other_filters(self) -> tuple[str, ...]:
        """Those of no column."""
        of_links = (name for link in self.links for name in link.filters)
        return (*(["q"] if self.searched else []), *of_links)

    def field(self, name: str) -> Field:
        """By its name or its column's."""
        for field in self.fields:
            if name in {field.name, field.column}:
                return field
        names = ", ".join(token.partition(":")[0] for token in self.tokens)
        raise RefusedError(f"{self.name} has no field {name}; it has {names}")

    def part(self, name: str) -> Field | Link:
        """By its name."""
        links = (each for each in self.links if each.name == name)
        return next(links, None) or self.field(name)
