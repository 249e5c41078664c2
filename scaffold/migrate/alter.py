"""The migration that changes the table of a feature, with rows in it."""

from dataclasses import replace
from pathlib import Path

from alembic.operations.ops import AddColumnOp, AlterColumnOp, DropColumnOp, MigrateOperation

from scaffold.migrate import search
from scaffold.migrate.backfill import filled, is_early, rescaled, stand_in, value_for
from scaffold.migrate.create import new_migration
from scaffold.migrate.expression import naming
from scaffold.migrate.links import LinkSwap
from scaffold.migrate.preflight import Direction
from scaffold.migrate.rows import on_rows, with_dialect
from scaffold.migrate.swap import Swap
from scaffold.migrate.tables import Written, batch, column_of, is_longer, type_of
from scaffold.spec.changes.feature import Change
from scaffold.spec.constraints import Features
from scaffold.spec.feature import Feature


def change_migration(
    feature: Feature,
    change: Change,
    features: Features,
    parent: str | None,
    model: str = "",
    root: Path = Path(),
) -> dict[str, str]:
    """Raise `RefusedError` if no rows could follow. The model is the file that the feature has."""
    changed, column = change.of(feature), change.column_of(feature)
    back = column.back()
    value = value_for(column, changed, features, model)
    before = value_for(back, feature, features, model)
    if back.new and back.old is None and back.requires:
        before = before or stand_in(back.new, feature, features)
    up = Alteration(feature, changed, column, features, value)
    downgrade = Alteration(changed, feature, back, features, before).code
    title = f"{change.title} {feature.plural}"
    if not up.code.strip():
        return {}
    return new_migration(root, title, parent, up.code, downgrade, contracts=up.contracts)


class Alteration(Direction):
    @property
    def code(self) -> str:
        """Rules go first and come last: between them, rows need not keep any."""
        before, after = self._both
        links = LinkSwap(before, after)
        names = [self.before.name, *self.referring]
        swaps = [Swap(name, before, after) for name in names]
        table, update = self.before.plural, filled(self.change, self.value)
        early = is_early(self.change)
        is_found_anew = self.before.searched != self.after.searched
        code = "\n".join(
            (
                naming(self.change) + self.refusals(swaps[0].come),
                links.refusals(self.value),
                links.removal,
                search.dropped(self.before) if is_found_anew else "",
                *(each.removal for each in reversed(swaps)),
                on_rows(self.before, update) if early else "",
                rescaled(table, self.change),
                batch(table, self._altered()),
                "" if early else on_rows(self.after, update),
                batch(table, self._tightened()),
                *(each.creation for each in swaps),
                links.creation,
                search.created(self.after) if is_found_anew else "",
            )
        )
        return with_dialect(code)

    @property
    def _both(self) -> tuple[Features, Features]:
        """Return all features before and after the change."""
        before, after = ({**self.features, each.name: each} for each in (self.before, self.after))
        return before, after

    @property
    def contracts(self) -> bool:
        """Tell whether the version before would miss something, or could no longer write."""
        if LinkSwap(*self._both).gone:
            return True
        old, new = self.change.old, self.change.new
        if self.before.searched and not self.after.searched:
            return True
        if old is None or new is None:
            return old is not None or self.change.requires
        renames, was, becomes = old.column != new.column, type_of(old), type_of(new)
        return self.change.requires or renames or (was != becomes and not is_longer(becomes, was))

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
