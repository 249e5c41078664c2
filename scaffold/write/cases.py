"""What the tests of a feature say to it, written in Python."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from scaffold.spec.feature import Feature
from scaffold.spec.field import Field
from scaffold.write.limits import accepted, refused
from scaffold.write.samples import examples, fresh


@dataclass(frozen=True)
class Cases:
    feature: Feature

    @property
    def plain(self) -> list[Field]:
        """Without refs, whose values are made by other features."""
        return [field for field in self.feature.fields if field.kind != "ref"]

    def value(self, field: Field) -> str:
        """In the body of a new row: another one each time where that may matter."""
        if field.kind == "ref":
            return f'(await create_{field.target}(client))["id"]'
        grouped = any(field.column in group for group in self.feature.unique)
        varies = field.unique or (grouped and "unique" in field.facts.modifiers.split())
        return fresh(field) if varies else examples(field)[0]

    def counts(self, fields: Iterable[Field]) -> bool:
        """Whether the values of some of them need a number."""
        return any(re.search(r"\bnumber\b", self.value(field)) for field in fields)

    @property
    def accepted(self) -> list[tuple[str, str]]:
        pairs = [(f, value) for f in self.plain for value in (*examples(f), *accepted(f))]
        return [(field.column, value) for field, value in unique(pairs)]

    @property
    def refused(self) -> list[tuple[str, str]]:
        fields = self.feature.fields
        return [(field.column, value) for field in fields for value in refused(field)]

    @property
    def changes(self) -> list[tuple[str, str]]:
        """From what a new row has, to something else."""
        changed = [(field.column, examples(field)[1]) for field in self.plain]
        return changed + [(field.column, "None") for field in self.plain if field.optional]

    @property
    def unique(self) -> list[tuple[str, ...]]:
        single = [(field.column,) for field in self.feature.fields if field.unique]
        return [*single, *self.feature.unique]

    @property
    def unique_to_owner(self) -> list[tuple[str, ...]]:
        """Without those with a reference, to what the other may not have."""
        refs = {field.column for field in self.feature.refs}
        return [group for group in self.unique if refs.isdisjoint(group)]

    @property
    def ordered(self) -> list[tuple[str, str]]:
        """Fields that one may sort by, with ascending values."""
        return [
            (field.column, f"[{', '.join(examples(field))}]")
            for field in self.feature.sortable
            if not field.pattern and field.kind != "enum"
        ]

    @property
    def equal(self) -> list[tuple[str, str, str]]:
        fields = [field for field in self.feature.equal_filters if field.kind != "ref"]
        return [(f.column, value, other) for f in fields for value, other, *_ in [examples(f)]]

    @property
    def ranges(self) -> list[tuple[str, str]]:
        fields = self.feature.range_filters
        return [(field.column, f"[{', '.join(examples(field))}]") for field in fields]

    @property
    def wrong_queries(self) -> list[tuple[str, str]]:
        wrong = {"bool": "maybe", "str": "", "email": "a", "url": "a"}
        equal = [
            (field.column, wrong.get(field.kind, "none")) for field in self.feature.equal_filters
        ]
        ranges = [f"{f.column}_{end}" for f in self.feature.range_filters for end in ("min", "max")]
        return [*equal, *((name, "none") for name in ranges)]

    @property
    def trimmed(self) -> tuple[str, str, str] | None:
        """A field whose white space is dropped, with a value before and after."""
        for field in self.feature.fields:
            if field.kind == "str" and not field.pattern and field.longest - field.shortest >= 2:
                value = examples(field)[0]
                quoted = f'" " + {value} + "\\n"' if "*" in value else f'" {value[1:-1]}\\n"'
                return field.column, quoted, value
        return None


def unique[Item](items: Iterable[Item]) -> list[Item]:
    return list(dict.fromkeys(items))
