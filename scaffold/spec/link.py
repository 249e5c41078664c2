"""Links of a feature's rows with those of another: ``tags:many``, or ``labels:many:tag:include``."""

from dataclasses import dataclass
from typing import Self

from scaffold.errors import RefusedError
from scaffold.spec.names import plural_of, singular_of

KIND, INCLUDE = "many", "include"


@dataclass(frozen=True)
class Link:
    name: str
    """As in paths, in the plural."""
    target: str
    """The feature of the rows that are linked."""
    include: bool = False
    """Answers show these rows, if asked."""

    def __str__(self) -> str:
        own = [] if self.target == singular_of(self.name) else [self.target]
        return ":".join([self.name, KIND, *own, *([INCLUDE] if self.include else [])])

    @classmethod
    def read(cls, token: str) -> Self:
        """Read what is written as a token. Raise `RefusedError` if it is more."""
        name, _, *parts = token.split(":")
        include = parts[-1:] == [INCLUDE]
        target = parts[:-1] if include else parts
        if len(target) > 1:
            example = f"{name}:{KIND}:tag:{INCLUDE}"
            raise RefusedError(f"{token}: links take a feature and {INCLUDE}, as in {example}")
        return cls(name, "".join(target) or singular_of(name), include)

    @property
    def one(self) -> str:
        """One of them."""
        is_usual = plural_of(self.target) == self.name
        return self.target if is_usual else singular_of(self.name)

    @property
    def column(self) -> str:
        """In the table of the links, in paths and in lists."""
        return f"{self.one}_id"

    @property
    def filters(self) -> tuple[str, str]:
        return self.column, f"{self.column}_in"

    @property
    def path(self) -> str:
        return self.name.replace("_", "-")


def is_link(token: str) -> bool:
    return token.split(":")[1:2] == [KIND]
