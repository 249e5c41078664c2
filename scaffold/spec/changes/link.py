"""A change of a feature's links."""

from dataclasses import dataclass, replace

from scaffold.errors import RefusedError
from scaffold.spec.changes.field import FieldChange
from scaffold.spec.feature import Feature
from scaffold.spec.field import Field
from scaffold.spec.link import INCLUDE, Link


@dataclass(frozen=True)
class LinkChange:
    old: Link | None
    """None if they are new."""
    new: Link | None
    """None if they go."""

    @property
    def title(self) -> str:
        match self.old, self.new:
            case None, Link(name):
                return f"add {name} to"
            case Link(name), None:
                return f"drop {name} of"
            case Link(name), Link(new) if name == new:
                return f"change {name} of"
        return f"rename {self.old and self.old.name} of"

    def of(self, feature: Feature) -> Feature:
        """Return the feature as it becomes."""
        kept = [self.new if each == self.old else each for each in feature.links]
        links = [*kept, *([self.new] if self.old is None else [])]
        return replace(feature, links=tuple(dict.fromkeys(filter(None, links))))

    def column_of(self, _: Feature) -> FieldChange:
        """Return the change of the feature's own columns, which is none."""
        return FieldChange(None, None)


type PartChange = FieldChange | LinkChange


def adding(part: Field | Link, backfill: str | None, expression: str | None) -> PartChange:
    if isinstance(part, Field):
        return FieldChange(None, part, backfill, expression=expression)
    if backfill is not None or expression is not None:
        raise RefusedError(f"{part}: links have no value: leave out --backfill")
    return LinkChange(None, part)


def changing(
    feature: Feature,
    part: Field | Link,
    backfill: str | None,
    mapping: tuple[tuple[str, str], ...],
) -> PartChange:
    if isinstance(part, Field):
        return FieldChange(feature.field(part.name), part, backfill, mapping)
    old = feature.part(part.name)
    if not isinstance(old, Link) or old.target != part.target or backfill is not None or mapping:
        raise RefusedError(
            f"{part}: links get {INCLUDE} or lose it: else drop them, and add others"
        )
    return LinkChange(old, part)


def renaming(feature: Feature, old: str, new: str) -> PartChange:
    part = feature.part(old)
    if isinstance(part, Link):
        return LinkChange(part, replace(part, name=new))
    if old == part.column != part.name:  # a reference, called as in the API
        new = new.removesuffix("_id")
    return FieldChange(part, replace(part, name=new))


def dropping(feature: Feature, name: str) -> PartChange:
    part = feature.part(name)
    return LinkChange(part, None) if isinstance(part, Link) else FieldChange(part, None)
