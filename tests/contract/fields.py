"""What a field of a feature takes, refuses and shows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from tests.contract.facts import Facts

type Method = Literal["POST", "PATCH"]

REQUIRED = object()


@dataclass(frozen=True, kw_only=True)
class Field:
    values: Sequence[object] = ()
    """Valid values. A new row has the first, a change sends the second."""
    limits: Sequence[object] = ()
    """More valid values, at the limits of what is valid."""
    wrong: Sequence[object] = ()
    """Invalid values besides null."""
    padded: tuple[str, str] | None = None
    """A value in white space, and the same without it."""
    fresh: Callable[[int], object] | None = None
    """Return another valid value for every number, and none of the values above."""

    optional: bool = False
    """Null is valid, and the default."""
    default: object = REQUIRED
    methods: tuple[Method, ...] = ("POST", "PATCH")
    """The requests that may set the field."""
    changes: Sequence[object] | None = None
    """Values for PATCH, one after another; unless given, the second value, then null if valid."""

    sort: bool = False
    """Lists can be sorted by the field."""
    ascending: bool = True
    """The values are in the order in which databases sort them."""
    filter: Literal["", "equal", "range"] = ""
    """Lists can be filtered by the field's value, or by a least and a greatest value."""
    wrong_query: str = "none"

    target: "type[Facts] | Literal['self'] | None" = None
    """The feature whose rows the field refers to."""
    on_delete: Literal["restrict", "cascade", "set-null"] = "restrict"

    @property
    def required(self) -> bool:
        return self.default is REQUIRED and not self.optional and "POST" in self.methods

    @property
    def shown_default(self) -> object:
        return None if self.default is REQUIRED else self.default

    @property
    def taken(self) -> Sequence[object]:
        others = [each for each in self.limits if each not in self.values]
        return [*self.values, *others, *([None] if self.optional else [])]

    @property
    def refused(self) -> Sequence[object]:
        return self.wrong if self.optional else [None, *self.wrong]

    @property
    def changed(self) -> Sequence[object]:
        if self.changes is not None:
            return self.changes
        return [*self.values[1:2], *([None] if self.optional else [])]


class Options(TypedDict, total=False):
    """What the functions of all kinds pass on to `Field`."""

    optional: bool
    default: object
    methods: tuple[Method, ...]
    changes: list[object]
    sort: bool
    filter: Literal["", "equal", "range"]


def rounds(values: Mapping[str, Sequence[object]]) -> list[dict[str, object]]:
    """Return the first value of every field, then the second: one request judges all of them."""
    return [
        {name: each[number] for name, each in values.items() if number < len(each)}
        for number in range(max(map(len, values.values()), default=0))
    ]
