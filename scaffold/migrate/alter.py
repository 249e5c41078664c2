"""The migration that changes a field."""

from dataclasses import dataclass, replace

from alembic.operations.ops import AddColumnOp, AlterColumnOp, DropColumnOp, MigrateOperation

from scaffold.migrate.backfill import backfilled
from scaffold.migrate.create import new_migration
from scaffold.migrate.tables import Features, Written, additions, batch, column_of, type_of
from scaffold.spec.feature import Feature
from scaffold.spec.field_change import FieldChange


def change_migration(
    feature: Feature, change: FieldChange, features: Features, parent: str | None
) -> dict[str, str]:
    """Raise `RefusedError` if existing rows could not follow."""
    change.check()
    changed = change.of(feature)
    return new_migration(
        f"{change.title} {feature.plural}",
        parent,
        Alteration(feature, changed, change, features).code,
        Alteration(changed, feature, FieldChange(change.new, change.old), features).code,
    )


@dataclass(frozen=True)
class Alteration:
    """One direction of it."""

    before: Feature
    after: Feature
    change: FieldChange
    features: Features

    @property
    def code(self) -> str:
        """Rules go first and come last: between them, rows need not keep any."""
        table = self.before.plural
        old, new = (additions(each, self.features) for each in (self.before, self.after))
        return "\n".join(
            (
                batch(table, [old[each].reverse() for each in reversed(old) if each not in new]),
                batch(table, self._altered()),
                backfilled(self.after, self.change, self.features),
                batch(table, self._tightened()),
                batch(table, [new[each] for each in new if each not in old]),
            )
        )

    def _altered(self) -> list[MigrateOperation]:
        table, old, new = self.before.plural, self.change.old, self.change.new
        if new is None:
            return [DropColumnOp(table, old.column)] if old else []
        if old is None:
            return [AddColumnOp(table, column_of(replace(new, optional=True)))]
        was, becomes = type_of(old), type_of(new)
        name = new.column if new.column != old.column else None
        kind = Written(becomes) if becomes != was else None
        nullable = True if new.optional and not old.optional else None
        alteration = AlterColumnOp(
            table,
            old.column,
            existing_type=Written(was),
            existing_nullable=old.optional,
            modify_name=name,
            modify_type=kind,
            modify_nullable=nullable,
        )
        return [alteration] if name or kind or nullable else []

    def _tightened(self) -> list[MigrateOperation]:
        new = self.change.new
        if new is None or not self.change.requires:
            return []
        table, kind = self.before.plural, Written(type_of(new))
        return [AlterColumnOp(table, new.column, existing_type=kind, modify_nullable=False)]
