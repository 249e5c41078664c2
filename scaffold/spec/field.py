"""One field of a feature, and the token it is written as: ``amount:decimal:12,2:ge=0``."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from scaffold.spec.kinds import FILTERS, KINDS, MONEY, Kind

FLAGS = ("optional", "readonly", "unique", "index", "include", "search")
VALUES = ("min", "max", "ge", "le", "default", "steps", "pattern", "example")
RULES = ("restrict", "cascade", "set-null")


@dataclass(frozen=True)
class Field:
    name: str
    kind: str
    arguments: tuple[str, ...] = ()
    """Members of an enum; digits and places of a decimal; the model of a json; items of a list."""
    target: str = ""
    """The feature that a ref leads to."""
    rule: str = "restrict"  # what becomes of a row when the one that it refers to is deleted
    optional: bool = False
    readonly: bool = False
    unique: bool = False
    index: bool = False
    include: bool = False  # answers show the row that a ref leads to, if asked
    search: bool = False
    min: str | None = None
    max: str | None = None
    ge: str | None = None
    le: str | None = None
    default: str | None = None
    steps: str | None = None
    """Changes of an enum that are allowed: ``draft>sent>paid,draft>void``."""
    pattern: str | None = None
    example: str | None = None
    """A value as people would write it; with a pattern two or more, separated by commas."""

    def __str__(self) -> str:
        parts = [self.name, self.kind]
        if self.arguments:
            parts.append(",".join(self.arguments))
        if self.target != (self.name if self.kind == "ref" else ""):
            parts.append(self.target)
        if self.rule != "restrict":
            parts.append(self.rule)
        parts += [flag for flag in FLAGS if getattr(self, flag)]
        parts += [f"{name}={value}" for name in VALUES if (value := getattr(self, name))]
        return ":".join(parts)

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
        texts = self.example.split(",") if self.example and self.pattern else [self.example]
        return tuple(filter(None, texts))

    @property
    def chains(self) -> list[list[str]]:
        return [chain.split(">") for chain in self.steps.split(",")] if self.steps else []

    @property
    def following(self) -> dict[str, list[str]]:
        """Return, for each member, those that it can become."""
        steps = dict.fromkeys(step for chain in self.chains for step in pairwise(chain))
        return {
            each: [after for before, after in steps if before == each] for each in self.arguments
        }

    @property
    def required(self) -> bool:
        """Whether every new row has to name it."""
        return not self.optional and self.default is None and not self.empty

    @property
    def model(self) -> str:
        """The class whose fields a json has, if it has any."""
        return self.arguments[0] if self.kind == "json" and self.arguments else ""

    @property
    def empty(self) -> str:
        """What a value begins as, in JSON, if it is a list, or an object of any shape."""
        return "" if self.model else self.facts.empty

    def is_now(self, given: str | None) -> bool:
        """Tell whether a value that is written so is the time at which it is needed."""
        return given == "now" and self.kind in {"date", "datetime"}

    @property
    def indexed(self) -> bool:
        return self.index or (self.kind == "ref" and not self.unique)

    @property
    def filters(self) -> tuple[str, ...]:
        """Return the endings of its parameters in lists."""
        indexed = "equal" if self.unique or self.index else ""
        filter_ = indexed if self.facts.filter == "indexed" else self.facts.filter
        return FILTERS[filter_] + (("_null",) if self.optional else ())

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
        digits, places = self.arguments or map(str, MONEY)
        return int(digits), int(places)

    @property
    def places(self) -> int | None:
        """Digits of a number after the point; None if it may have any number of them."""
        return self.digits[1] if self.is_exact else None if self.kind == "float" else 0

    @property
    def least(self) -> Any:
        lowest = -self._highest if self.is_exact else self.facts.least
        return self.facts.read(self.ge) if self.ge else lowest

    @property
    def greatest(self) -> Any:
        return self.facts.read(self.le) if self.le else self._highest

    @property
    def _highest(self) -> Any:
        if not self.is_exact:
            return self.facts.greatest
        digits, places = self.digits
        return (Decimal(10) ** digits - 1).scaleb(-places)
