"""The rows that could not follow a change, counted before it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scaffold.migrate.backfill import filled_rows
from scaffold.migrate.expression import unfit_values
from scaffold.migrate.rows import on_rows, refused
from scaffold.migrate.unfit import Unfit, cell, unfit_for
from scaffold.migrate.unfit_rows import (
    unfit_by_key,
    unfit_by_rule,
    unfit_by_target,
    unfit_when_filled,
)
from scaffold.spec.changes.field import FieldChange
from scaffold.spec.constraints import (
    OWNER,
    OWNER_FIELD,
    Constraint,
    Features,
    constraints_of,
    referring,
)
from scaffold.spec.feature import Feature


@dataclass(frozen=True)
class Direction:
    """A change of a table, there or back."""

    before: Feature
    after: Feature
    change: FieldChange
    features: Features
    value: str | None = None
    """The value, as code, for rows without one that fits."""

    def refusals(self, come: Sequence[Constraint]) -> str:
        """Count the rows before anything changes. These constraints are new."""
        own = on_rows(self.before, refused([*self._unfit(come)], self.before.plural, self._way))
        others = (self.features[name] for name in self.referring if self.value)
        return "\n".join([own, *map(self._of_other_owners, others)])

    @property
    def referring(self) -> list[str]:
        """Return the names of the features whose references take the owner along, or no longer."""
        if self.before.owned == self.after.owned:
            return []
        return referring(self.before.name, self.features)

    def _of_other_owners(self, feature: Feature) -> str:
        unfit = Unfit("of other owners", f"{cell(OWNER)} != {self.value}")
        return on_rows(feature, refused([unfit], feature.plural, self._way))

    @property
    def _way(self) -> str:
        new = self.change.new
        if new == OWNER_FIELD and self.after.owned:
            return "name their owner with --owner"
        if self.change.expression is not None:
            return "change them, or the expression in the migration, then migrate again"
        if new and not self.change.old:
            return f"add {new.column} as optional, fill it, then change it to required"
        return "change them, then migrate again"

    def _unfit(self, come: Sequence[Constraint]) -> Iterator[Unfit]:
        old, new = self.change.old, self.change.new
        if new and self.change.requires and self.value is None:
            condition = f"{cell(old.column)}.is_(None)" if old else "sa.true()"
            yield Unfit(f"without {new.column}", condition)
        if new and self.change.expression is not None:
            yield from unfit_values(new, self.before, self.features.get(new.target))
        if new and new.kind == "ref" and self.change.backfill is not None and self.value:
            yield unfit_by_target(self.features[new.target], self.value)
        if old and new and self.change.backfill is None:
            yield from unfit_for(old, new, self.change.mapping)
        if old and new and self.value and (condition := filled_rows(self.change)):
            rules = (rule for rule in self.after.rules if new in rule.fields)
            yield from (
                unfit_when_filled(rule, new, self.value, condition)
                for rule in rules
                if rule.value is None
            )
        if not self.change.renames:
            yield from self._unfit_by_constraints(come)

    def _unfit_by_constraints(self, come: Sequence[Constraint]) -> Iterator[Unfit]:
        own = [OWNER] if self.before.owned else []
        columns = {"id", *own, *(field.column for field in self.before.fields)}
        known = [*constraints_of(self.before, self.features)]
        keys = [{"id"}, *({*each.columns} for each in known if each.kind == "uq")]
        for each in come:
            # An owner who is new is the same for all rows.
            key = [name for name in each.columns if name != OWNER or own]
            is_new = not any(each <= {*key} for each in keys)
            if each.kind == "uq" and is_new and {*key} <= columns:
                yield unfit_by_key(key)
        for rule in self.after.rules:
            is_old = str(rule) in self.before.checks
            if not is_old and {field.column for field in rule.fields} <= columns:
                yield unfit_by_rule(rule)
