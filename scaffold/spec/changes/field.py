"""A change of one field of a feature."""

import re
from dataclasses import dataclass, replace
from typing import Self

from scaffold.errors import RefusedError
from scaffold.spec.changes.conversions import BY_EXPRESSION, loss_of
from scaffold.spec.feature import Feature
from scaffold.spec.field import Field

BY_HAND = (
    "Add a field of this type under another name, fill it in a migration of your own, then drop "
    "this one"
)


@dataclass(frozen=True)
class FieldChange:
    old: Field | None
    """None if the field is added."""
    new: Field | None
    """None if it is dropped."""
    backfill: str | None = None
    """The value of rows that have none, or none that fits, as in a token."""
    mapping: tuple[tuple[str, str], ...] = ()
    """Values before, each with the member of an enum that it becomes."""
    expression: str | None = None
    """In SQL, of the row's other columns: the value that each row gets in a new field."""

    @property
    def title(self) -> str:
        """For the migration; the table's name follows."""
        match self.old, self.new:
            case None, Field(name):
                return f"add {name} to"
            case Field(name), None:
                return f"drop {name} of"
            case Field(name), Field(other) if name != other:
                return f"rename {name} of"
        return f"change {self.old and self.old.name} of"

    def of(self, feature: Feature) -> Feature:
        """Return the feature as it becomes, with the field's column wherever it is named."""
        old, new = self.old, self.new
        if new in feature.fields:
            return feature
        if old is None:
            return replace(feature, fields=tuple(filter(None, (*feature.fields, new))))
        column = new.column if new else ""
        fields = (new if each == old else each for each in feature.fields)
        groups = (
            tuple(column if each == old.column else each for each in group)
            for group in feature.unique
        )
        words = re.compile(rf"\b({old.name}|{old.column})\b")
        checks = (
            words.sub(column, each) for each in feature.checks if new or not words.search(each)
        )
        sort = feature.sort
        if sort.lstrip("-") == old.column:
            sort = sort.replace(old.column, column) if new else "-id"
        return replace(
            feature,
            fields=tuple(filter(None, fields)),
            unique=tuple(group for group in groups if all(group)),
            checks=tuple(checks),
            sort=sort,
        )

    def column_of(self, _: Feature) -> Self:
        return self

    def back(self) -> Self:
        """Return what undoes it. A member that several values have become is theirs no more."""
        kept = self.old.arguments if self.old else ()
        made = [after for _, after in self.mapping]
        mapping = [
            (after, before)
            for before, after in self.mapping
            if after not in kept and made.count(after) == 1
        ]
        return replace(
            self, old=self.new, new=self.old, backfill=None, mapping=tuple(mapping), expression=None
        )

    @property
    def renames(self) -> bool:
        return bool(self.old and self.new and self.old.column != self.new.column)

    @property
    def requires(self) -> bool:
        """Tell whether rows without a value need one now."""
        return (
            self.new is not None and not self.new.optional and (not self.old or self.old.optional)
        )

    @property
    def given(self) -> str | None:
        """The value of rows that have none, or none that fits."""
        if self.backfill is None and self.new and self.requires:
            return self.new.empty or self.new.default
        return self.backfill

    def check(self) -> None:
        """Raise `RefusedError` if the rows of no table could follow."""
        new = self.new
        if new is None:
            return
        if self.old and (reason := loss_of(self.old, new)):
            raise RefusedError(f"{self.old} cannot become {new}: {reason}. {BY_HAND}")
        if self.expression is not None:
            self._check_expression(new)
            return
        if new.unique and self.given is not None:
            raise RefusedError(f"{new}: existing rows cannot all get the same value")
        if self.mapping and new.kind != "enum":
            raise RefusedError(f"{new}: --map is for what becomes an enum")
        for before, after in self.mapping:
            self._check_pair(before, after)
        is_alone = new.unique or new.kind == "ref"
        if self.old is None and self.requires and self.given is None and not is_alone:
            raise RefusedError(f"{new}: existing rows need a value: --backfill VALUE")

    def _check_expression(self, new: Field) -> None:
        if self.backfill is not None:
            raise RefusedError(f"{new}: say --backfill or --backfill-sql, not both")
        if new.kind not in BY_EXPRESSION:
            kinds = ", ".join(sorted(BY_EXPRESSION))
            raise RefusedError(f"{new}: --backfill-sql is for {kinds}: use --backfill VALUE")

    def _check_pair(self, before: str, after: str) -> None:
        for field, member in ((self.old, before), (self.new, after)):
            if field and field.kind == "enum" and member not in field.arguments:
                raise RefusedError(f"--map: {member} is none of {', '.join(field.arguments)}")
