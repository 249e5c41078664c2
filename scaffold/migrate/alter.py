"""The migration from one version of a feature to the next."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from scaffold.errors import SpecError
from scaffold.migrate.backfill import filled, stand_in
from scaffold.migrate.create import Features, migration
from scaffold.spec.constraints import constraints_of
from scaffold.spec.feature import Feature
from scaffold.spec.field import Field
from scaffold.spec.kinds import TEXTS
from scaffold.write.spelling import Spelling
from scaffold.write.templating import rendered


def field_migration(
    before: Feature,
    after: Feature,
    features: Features,
    *,
    title: str,
    revision: str,
    down_revision: str | None,
    renamed: tuple[str, str] | None = None,
    backfill: str | None = None,
) -> str:
    """Raise `SpecError` if existing rows could not follow."""
    forth = Alteration(before, after, features, renamed, backfill)
    forth.check()
    back = Alteration(after, before, features, renamed and renamed[::-1], None)
    return migration(title, revision, down_revision, forth.code, back.code)


@dataclass(frozen=True)
class Alteration:
    before: Feature
    after: Feature
    features: Features
    renamed: tuple[str, str] | None
    backfill: str | None

    @property
    def pairs(self) -> list[tuple[Field, Field]]:
        """The fields that stay, as they were and as they become."""
        old, new = self.renamed or ("", "")
        names = {field.name: field.name for field in self.before.fields} | {old: new}
        return [
            (self.before.field(name), field)
            for name, other in names.items()
            for field in self.after.fields
            if field.name == other
        ]

    @property
    def added(self) -> list[Field]:
        staying = {field.name for _, field in self.pairs}
        return [field for field in self.after.fields if field.name not in staying]

    @property
    def lost(self) -> list[Field]:
        staying = {field.name for field, _ in self.pairs}
        return [field for field in self.before.fields if field.name not in staying]

    def check(self) -> None:
        for old, new in self.pairs:
            if not _can_become(old, new):
                raise SpecError(f"{old} cannot become {new}: drop it, then add it")
            if set(old.arguments) - set(new.arguments) and new.kind == "enum":
                self._need_backfill(new)
            if old.optional and not new.optional:
                self._need_backfill(new)
        for field in self.added:
            if not field.optional:
                self._need_backfill(field)

    def _need_backfill(self, field: Field) -> None:
        if field.kind == "json":
            return
        if field.unique or field.kind == "ref":
            raise SpecError(f"{field}: rows cannot all get one value: make it optional")
        if self.backfill is None and field.default is None:
            raise SpecError(f"{field}: say what rows get that are there already: --backfill")

    @property
    def code(self) -> str:
        old = [*constraints_of(self.before, self.features)]
        new = [*constraints_of(self.after, self.features)]
        return rendered(
            "alter_table",
            table=self.before.plural,
            dropped=[each.dropped for each in reversed(old) if each not in new],
            altered=list(self._altered()),
            fills=list(self._fills()),
            tightened=list(self._tightened()),
            created=[each.created for each in new if each not in old],
        )

    def _altered(self) -> Iterator[str]:
        for field in self.lost:
            yield f'batch_op.drop_column("{field.column}")'
        for field in self.added:
            loose = replace(field, optional=True)
            yield f"batch_op.add_column({Spelling(self.after, loose).migration_column})"
        for old, new in self.pairs:
            before, after = Spelling(self.before, old), Spelling(self.after, new)
            changes = []
            if old.column != new.column:
                changes.append(f'new_column_name="{new.column}"')
            if before.migration_type != after.migration_type:
                changes.append(f"type_={after.migration_type}")
            if new.optional and not old.optional:
                changes.append("nullable=True")
            if changes:
                yield _alter(old.column, before.migration_type, old.optional, changes)

    def _fills(self) -> Iterator[str]:
        for field in self.added:
            if not field.optional or self.backfill is not None:
                yield self._fill(field)
        for old, new in self.pairs:
            if old.optional and not new.optional:
                yield self._fill(new, f"rows.c.{new.column}.is_(None)")
            elif new.kind == "enum" and set(old.arguments) - set(new.arguments):
                yield self._fill(new, f"rows.c.{new.column}.not_in({list(new.arguments)})")

    def _fill(self, field: Field, condition: str = "") -> str:
        value = field.default if self.backfill is None else self.backfill
        code = Spelling(self.after, field)
        made = stand_in(code, self.features) if value is None else filled(code, value)
        return rendered("fill", code=code, value=made, condition=condition).strip()

    def _tightened(self) -> Iterator[str]:
        was_optional = {new.name for old, new in self.pairs if old.optional}
        for field in self.after.fields:
            if not field.optional and (field in self.added or field.name in was_optional):
                kind = Spelling(self.after, field).migration_type
                yield _alter(field.column, kind, True, ["nullable=False"])


def _alter(column: str, kind: str, optional: bool, changes: list[str]) -> str:
    existing = [f"existing_type={kind}", f"existing_nullable={optional}"]
    return f'batch_op.alter_column("{column}", {", ".join([*changes, *existing])})'


def _can_become(old: Field, new: Field) -> bool:
    if old.is_exact or old.kind == "ref":
        return (old.kind, old.arguments, old.target) == (new.kind, new.arguments, new.target)
    kinds = {old.kind, new.kind}
    return len(kinds) == 1 or kinds <= TEXTS or (old.kind, new.kind) == ("int", "bigint")
