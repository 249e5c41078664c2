"""A feature: its contents, names, files and migration."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from scaffold.spec.contents import Contents
from scaffold.spec.names import class_of
from scaffold.spec.rule import Rule, parse_rule


@dataclass(frozen=True)
class Feature(Contents):
    unique: tuple[tuple[str, ...], ...] = ()
    """Columns whose values are unique together."""
    checks: tuple[str, ...] = ()
    """Its rules, as they are written."""
    sort: str = "-id"
    owned: bool = False
    """Each row belongs to a user, and no other user sees it."""
    files: tuple[str, ...] = ()
    """Those that people have changed, or added; all of them if there are no fields."""
    builds_on: tuple[str, ...] = ()
    """Features and capabilities that those files need."""
    included_as: str | None = None
    """The schema in which answers about other rows include one of it, if not its own."""
    default: bool = True
    """A blank tree keeps it without being asked; examples of the template it does not."""
    revision: str | None = None
    """Of the migration that makes the table; None once another migration has changed it."""
    down_revision: str | None = None
    created: datetime | None = None

    def unmade(self) -> Self:
        """Return the feature without its migration."""
        return replace(self, revision=None, down_revision=None, created=None)

    @property
    def has_table(self) -> bool:
        """Tell whether rows of it are stored. One without fields is made by hand as a whole."""
        return bool(self.fields)

    @property
    def has_routes(self) -> bool:
        """Tell whether `src/main.py` includes a router of it."""
        return True

    @property
    def shown_as(self) -> str:
        """Beside its name."""
        return self.plural

    @property
    def class_name(self) -> str:
        return class_of(self.name)

    @property
    def words(self) -> str:
        """As in messages of the service, which knows the class alone."""
        return re.sub(r"(?<!^)(?=[A-Z])", " ", self.class_name).lower()

    @property
    def path(self) -> str:
        return self.plural.replace("_", "-")

    @property
    def code_paths(self) -> dict[str, str]:
        """Return the files that are generated from it, each with its template."""
        if not self.fields:
            return {}
        including = {f"src/schemas/{self.name}_including.py": "including"}
        return {
            f"src/models/{self.name}.py": "model",
            f"src/schemas/{self.name}.py": "schema",
            **(including if self.included else {}),
            f"src/services/{self.name}.py": "service",
            f"src/api/routes/{self.plural}.py": "routes",
            f"tests/integration/test_{self.plural}.py": "tests",
        }

    @property
    def needs(self) -> tuple[str, ...]:
        """Features and capabilities without which it cannot be."""
        targets = sorted(self.targets - {self.name})
        return (*self.builds_on, *targets, *(("access",) if self.owned else ()))

    @property
    def response_elsewhere(self) -> str:
        """The class of a row of it in answers about others."""
        return self.included_as or f"{self.class_name}Response"

    @property
    def rules(self) -> tuple[Rule, ...]:
        fields = {name: field for field in self.fields for name in (field.name, field.column)}
        return tuple(parse_rule(check, fields) for check in self.checks)
