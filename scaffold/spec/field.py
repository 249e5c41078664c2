"""One field of a feature, and the token it is written as: ``amount:decimal:12,2:ge=0``."""

from dataclasses import dataclass
from decimal import Decimal

from scaffold.spec.kinds import KINDS, MONEY, Kind

FLAGS = ("optional", "unique", "index")
VALUES = ("min", "max", "ge", "le", "default", "pattern", "example")
RULES = ("restrict", "cascade", "set-null")


type Number = float | Decimal


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
    example: str | None = None
    """Values that match the pattern, separated by commas."""

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
    def modifiers(self) -> set[str]:
        """Those that fit its type."""
        return {*self.facts.modifiers.split()}

    @property
    def examples(self) -> tuple[str, ...]:
        return tuple(self.example.split(",")) if self.example else ()

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
    def least(self) -> Number:
        lowest: Number = -self._highest if self.is_exact else self.facts.least
        return self.facts.read(self.ge) if self.ge else lowest

    @property
    def greatest(self) -> Number:
        return self.facts.read(self.le) if self.le else self._highest

    @property
    def _highest(self) -> Number:
        if not self.is_exact:
            return self.facts.greatest
        digits, places = self.digits
        return (Decimal(10) ** digits - 1).scaleb(-places)
