"""One field of a feature, and the token it is written as: ``amount:decimal:12,2:ge=0``."""

from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches

from scaffold.kinds import KINDS, MONEY, Kind

FLAGS = ("optional", "unique", "index")
VALUES = ("min", "max", "ge", "le", "default", "pattern")
RULES = ("restrict", "cascade", "set-null")


class SpecError(ValueError):
    """What was asked for cannot be made. The message says why, and what can."""


@dataclass(frozen=True)
class Field:
    name: str
    kind: str
    arguments: tuple[str, ...] = ()
    """Members of an enum; digits and places of a decimal."""
    target: str = ""
    """The feature that a ref leads to."""
    rule: str = "restrict"
    """What becomes of a row when the one that it refers to is deleted."""
    optional: bool = False
    unique: bool = False
    index: bool = False
    min: str | None = None
    max: str | None = None
    ge: str | None = None
    le: str | None = None
    default: str | None = None
    pattern: str | None = None

    def __str__(self) -> str:
        parts = [self.name, self.kind]
        if self.arguments:
            parts.append(",".join(self.arguments))
        if self.target != (self.name if self.kind == "ref" else ""):
            parts.append(self.target)
        if self.rule != "restrict":
            parts.append(self.rule)
        parts += [flag for flag in FLAGS if getattr(self, flag)]
        values = {name: getattr(self, name) for name in VALUES}
        return ":".join(parts + [f"{name}={value}" for name, value in values.items() if value])

    @property
    def facts(self) -> Kind:
        return KINDS[self.kind]

    @property
    def column(self) -> str:
        """Its name in the database and in the API."""
        return f"{self.name}_id" if self.kind == "ref" else self.name

    @property
    def required(self) -> bool:
        """Whether every new row has to name it."""
        return not self.optional and self.default is None and self.kind != "json"

    @property
    def indexed(self) -> bool:
        return self.index or (self.kind == "ref" and not self.unique)

    @property
    def is_exact(self) -> bool:
        return self.kind in {"decimal", "money"}

    @property
    def shortest(self) -> int:
        return int(self.min or (1 if self.kind == "str" else 0))

    @property
    def longest(self) -> int:
        return int(self.max or self.facts.longest)

    @property
    def digits(self) -> tuple[int, int]:
        """All of them, and those after the point."""
        digits, places = self.arguments or map(str, MONEY)
        return int(digits), int(places)

    @property
    def least(self) -> Decimal:
        return (
            Decimal(self.ge) if self.ge else -self._greatest if self.is_exact else self.facts.least
        )

    @property
    def greatest(self) -> Decimal:
        return Decimal(self.le) if self.le else self._greatest

    @property
    def _greatest(self) -> Decimal:
        if not self.is_exact:
            return self.facts.greatest
        digits, places = self.digits
        return (Decimal(10) ** digits - 1).scaleb(-places)


def parse_field(token: str) -> Field:
    """Raises `SpecError` if this is no field that could be made."""
    from scaffold.checks import check_field  # which needs `Field`

    head, is_patterned, pattern = token.partition(":pattern=")
    name, kind, *parts = [*head.split(":"), "str"] if ":" not in head else head.split(":")
    if kind not in KINDS:
        raise SpecError(f"{token}: there is no type {kind}{_instead(kind, KINDS)}")
    given: dict[str, object] = {"pattern": pattern} if is_patterned else {}
    if kind == "ref":
        given["target"] = name
    if kind in {"enum", "decimal"}:
        if not parts or "=" in parts[0] or parts[0] in FLAGS:
            example = "draft,sent,paid" if kind == "enum" else "12,2"
            raise SpecError(f"{token}: say which, such as {name}:{kind}:{example}")
        given["arguments"] = tuple(parts.pop(0).split(","))
    for part in parts:
        key, value = _modifier(token, kind, part)
        if key in given and key != "target":
            raise SpecError(f"{token}: {key} is there twice")
        given[key] = value
    field = Field(name, kind, **given)  # type: ignore[arg-type]  # checked below
    check_field(field)
    return field


def _modifier(token: str, kind: str, part: str) -> tuple[str, object]:
    key, is_valued, value = part.partition("=")
    if kind == "ref" and part in RULES:
        return "rule", part
    known = set(KINDS[kind].modifiers.split())
    if key in known and (key in VALUES) == bool(is_valued) and (value or not is_valued):
        return key, value if is_valued else True
    if kind == "ref" and not is_valued and key not in {*FLAGS, *VALUES}:
        return "target", part
    if key in {*FLAGS, *VALUES}:
        fitting = ", ".join(f"{each}=" if each in VALUES else each for each in sorted(known))
        raise SpecError(f"{token}: {part} does not fit {kind}; there is {fitting}")
    raise SpecError(f"{token}: there is no modifier {part}{_instead(key, known)}")


def _instead(wrong: str, known: object) -> str:
    names = sorted(known)  # type: ignore[call-overload]
    close = get_close_matches(wrong, names, n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else f"; there is {', '.join(names)}"
