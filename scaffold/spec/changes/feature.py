"""A change of what a feature is as a whole: what is unique, its rules, its order, its owner."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from scaffold.errors import RefusedError
from scaffold.spec.changes.field import FieldChange
from scaffold.spec.changes.link import LinkChange
from scaffold.spec.constraints import OWNER_FIELD
from scaffold.spec.feature import Feature
from scaffold.spec.names import guess


@dataclass(frozen=True)
class FeatureChange:
    unique: Sequence[Sequence[str]] = ()
    checks: Sequence[str] = ()
    dropped_unique: Sequence[Sequence[str]] = ()
    dropped_checks: Sequence[str] = ()
    sort: str | None = None
    owned: bool = False
    owner: str | None = None
    """The address of the user who gets the rows that exist."""

    title = "change"

    def of(self, feature: Feature) -> Feature:
        """Return the feature as it becomes. Raise `RefusedError` if it has not what is dropped."""
        if self.owner and (feature.owned or not self.owned):
            raise RefusedError("--owner goes with --owned, when a feature becomes owned")
        added, dropped = (
            [tuple(feature.field(name).column for name in group) for group in groups]
            for groups in (self.unique, self.dropped_unique)
        )
        new = replace(feature, checks=tuple(self.checks))
        gone = replace(feature, checks=tuple(self.dropped_checks))
        return replace(
            feature,
            unique=_changed(feature.unique, added, dropped, ",".join),
            checks=_changed(feature.checks, [*map(str, new.rules)], [*map(str, gone.rules)], str),
            sort=self.sort or feature.sort,
            owned=feature.owned or self.owned,
        )

    def column_of(self, feature: Feature) -> FieldChange:
        """Return the change of a column that goes with it."""
        is_new = self.owned and not feature.owned
        return FieldChange(None, OWNER_FIELD if is_new else None, self.owner)


type Change = FieldChange | LinkChange | FeatureChange


def _changed[Part](
    had: Sequence[Part],
    added: Sequence[Part],
    dropped: Sequence[Part],
    shown: Callable[[Part], str],
) -> tuple[Part, ...]:
    for each in dropped:
        if each not in had:
            raise RefusedError(f"There is no {shown(each)}{guess(shown(each), [*map(shown, had)])}")
    kept = [each for each in had if each not in dropped]
    return (*kept, *(each for each in added if each not in kept))
