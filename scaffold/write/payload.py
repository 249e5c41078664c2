"""The spelling of a field in what a job is given."""

from scaffold.spec.kinds import TEXTS
from scaffold.write.spelling import Spelling

LOCALS = {
    "asyncio",
    "digest",
    "done",
    "given",
    "handler",
    "part",
    "parts",
    "session",
    "sha256",
    "work",
}
"""Names that the code of a kind has already."""


class PayloadSpelling(Spelling):
    """A payload has no columns, and each of its types is written where it is used."""

    @property
    def alias(self) -> None:
        return None

    @property
    def type(self) -> str:
        name = self.definition if self.has_own_type else self.field.facts.type
        return f"{name} | None" if self.field.optional and self.field.kind not in TEXTS else name

    @property
    def local(self) -> str:
        """The row that a reference leads to, in the code of the kind."""
        return f"{self.field.name}_row" if self.field.name in LOCALS else self.field.name

    @property
    def column_type(self) -> str:
        return ""
