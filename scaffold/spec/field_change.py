"""A change of one field of a feature."""

from dataclasses import dataclass, replace

from scaffold.errors import RefusedError
from scaffold.spec.feature import Feature
from scaffold.spec.field import Field
from scaffold.spec.kinds import TEXTS


@dataclass(frozen=True)
class FieldChange:
    old: Field | None
    """None if the field is added."""
    new: Field | None
    """None if it is dropped."""
    backfill: str | None = None
    """The value of existing rows, as in a token."""

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
        if old is None:
            return replace(feature, fields=tuple(filter(None, (*feature.fields, new))))
        column = new.column if new else ""
        fields = (new if each == old else each for each in feature.fields)
        groups = (
            tuple(column if each == old.column else each for each in group)
            for group in feature.unique
        )
        sort = feature.sort
        if sort.lstrip("-") == old.column:
            sort = sort.replace(old.column, column) if new else "-id"
        return replace(
            feature,
            fields=tuple(filter(None, fields)),
            unique=tuple(group for group in groups if all(group)),
            sort=sort,
        )

    @property
    def lost_members(self) -> set[str]:
        """Return the members that an enum no longer has."""
        if self.old is None or self.new is None or self.new.kind != "enum":
            return set()
        return {*self.old.arguments} - {*self.new.arguments}

    @property
    def requires(self) -> bool:
        """Tell whether rows without a value need one now."""
        return (
            self.new is not None and not self.new.optional and (not self.old or self.old.optional)
        )

    @property
    def fills(self) -> bool:
        """Tell whether rows get a value that they did not have."""
        return self.requires or (self.old is None and self.backfill is not None)

    def check(self) -> None:
        """Raise `RefusedError` if existing rows could not follow."""
        if self.new is None:
            return
        if self.old and not _can_become(self.old, self.new):
            raise RefusedError(
                f"{self.old} cannot become {self.new}: drop it, then add it; its values are lost"
            )
        if not (self.requires or self.lost_members) or self.new.kind == "json":
            return
        if self.new.unique or self.new.kind == "ref":
            raise RefusedError(
                f"{self.new}: existing rows cannot all get the same value: make it optional"
            )
        if self.backfill is None and self.new.default is None:
            raise RefusedError(f"{self.new}: existing rows need a value: --backfill VALUE")


def _can_become(old: Field, new: Field) -> bool:
    if old.is_exact or old.kind == "ref":
        return (old.kind, old.arguments, old.target) == (new.kind, new.arguments, new.target)
    kinds = {old.kind, new.kind}
    return len(kinds) == 1 or kinds <= TEXTS or (old.kind, new.kind) == ("int", "bigint")
