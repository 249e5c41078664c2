"""What a field of a feature takes, refuses and shows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import batched
from typing import TYPE_CHECKING, Literal, NamedTuple, TypedDict

if TYPE_CHECKING:
    from tests.contract.facts import Facts

type Method = Literal["POST", "PATCH"]

REQUIRED = object()
FILTERS = {"": (), "flag": ("",), "equal": ("", "_in"), "range": ("_min", "_max")}
TOGETHER = 20
"""Fields; an answer names no more errors."""


@dataclass(frozen=True, kw_only=True)
class Field:
    values: Sequence[object] = ()
    """Valid values. A new row has the first, a change sends another."""
    limits: Sequence[object] = ()
    """More valid values, at the limits of what is valid."""
    wrong: Sequence[object] = ()
    """Invalid values besides null."""
    padded: tuple[str, str] | None = None
    """A value in white space, and the same without it."""
    example: object = None
    """A valid value as people would write it, which a new row has instead of the first."""
    fresh: Callable[[int], object] | None = None
    """Return another valid value for every number, and none of the values above."""

    optional: bool = False
    """Null is valid, and the default."""
    default: object = REQUIRED
    methods: tuple[Method, ...] = ("POST", "PATCH")
    """The requests that may set the field."""
    changes: Sequence[object] | None = None
    """Values for PATCH, one after another; unless given, another value, then null if valid."""

    steps: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What each value can become, if it changes step by step. A new row has the default."""

    sort: bool = False
    """Lists can be sorted by the field."""
    ascending: bool = True
    """The values are in the order in which databases sort them."""
    filter: Literal["", "flag", "equal", "range"] = ""
    """Lists can be filtered by the value of a flag, by one value or several that the field may
    equal, or by a least and a greatest value."""
    wrong_query: str = "none"
    words: Sequence[str] = ()
    """Three values of a word each, with points behind it, if lists are searched for the words."""

    target: "type[Facts] | str | None" = None
    """The feature whose rows the field refers to: its facts, its path, or ``self``."""
    on_delete: Literal["restrict", "cascade", "set-null"] = "restrict"
    include: bool = False
    """Answers can include the row."""

    @property
    def filters(self) -> tuple[str, ...]:
        """Return the endings of the parameters of lists; that for the value itself has none."""
        return FILTERS[self.filter] + (("_null",) if self.optional else ())

    @property
    def required(self) -> bool:
        return self.default is REQUIRED and not self.optional and "POST" in self.methods

    @property
    def shown_default(self) -> object:
        return None if self.default is REQUIRED else self.default

    @property
    def first(self) -> object:
        return self.values[0] if self.example is None else self.example

    @property
    def taken(self) -> Sequence[object]:
        examples = [] if self.example is None else [self.example]
        others = [each for each in (*examples, *self.limits) if each not in self.values]
        return [*self.values, *others, *([None] if self.optional else [])]

    @property
    def refused(self) -> Sequence[object]:
        return self.wrong if self.optional else [None, *self.wrong]

    @property
    def changed(self) -> Sequence[object]:
        if self.changes is not None:
            return self.changes
        others = [each for each in self.values if each != self.first]
        return [*others[:1], *([None] if self.optional else [])]

    def having(self, *values: object) -> "Field":
        """Return the field with values that keep the rules of the feature, whichever the other
        fields have.
        """
        return replace(self, values=values, example=None, limits=(), fresh=None)


class Link(NamedTuple):
    """What the rows of a feature are linked with."""

    target: str
    """The path of the feature of the other rows."""
    key: str
    """The parameter of paths and lists that names one of them."""
    include: bool = False
    """Answers can include these rows."""


class Options(TypedDict, total=False):
    """What the functions of all kinds pass on to `Field`."""

    optional: bool
    default: object
    example: object
    methods: tuple[Method, ...]
    changes: list[object]
    sort: bool
    filter: Literal["", "flag", "equal", "range"]


def rounds(values: Mapping[str, Sequence[object]]) -> list[dict[str, object]]:
    """Return the first value of the fields, then the second: one request judges many of them."""
    return [
        {name: each[number] for name, each in some if number < len(each)}
        for some in batched(values.items(), TOGETHER)
        for number in range(max(len(each) for _, each in some))
    ]
