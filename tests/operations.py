"""The operations of a service, as its OpenAPI document names them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.api import Json

type Place = tuple[str | int, ...]
"""Where in a body: names of fields, 0 for the item of a list."""

METHODS = ("get", "post", "put", "patch", "delete")
JSON_TYPE = "application/json"
DEPTH = 4
HERE = "SHAPE"
ANY_NAME = "any"


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    parameters: tuple[Json, ...] = field(repr=False, hash=False)
    body: Json | None = field(repr=False, hash=False)
    only_reads: bool = field(repr=False, hash=False)

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def collection(self) -> str:
        """Where the row is created whose id comes first in the path."""
        return self.path.partition("/{")[0]

    @property
    def table(self) -> str:
        """/line-items and /line-items/{line_item_id} are about the rows of line_items."""
        parts = [part for part in self.path.split("/") if not part.startswith("{")]
        return parts[-1].replace("-", "_")

    def names(self, where: str) -> list[str]:
        return [each["name"] for each in self.parameters if each["in"] == where]


class Document:
    """An OpenAPI document."""

    def __init__(self, document: Json) -> None:
        self._document = document
        self.operations = list(self._operations())

    def _operations(self) -> Iterator[Operation]:
        for path, item in self._document["paths"].items():
            for method in METHODS:
                if operation := item.get(method):
                    parameters = (*item.get("parameters", ()), *operation.get("parameters", ()))
                    body = operation.get("requestBody", {}).get("content", {}).get(JSON_TYPE, {})
                    resolved = tuple(map(self.resolved, parameters))
                    only_reads = operation.get("x-only-reads", method == "get")
                    yield Operation(method, path, resolved, body.get("schema"), only_reads)

    def resolved(self, schema: Json) -> Json:
        while reference := schema.get("$ref"):
            schema = self._document
            for name in reference.removeprefix("#/").split("/"):
                schema = schema[name]
        return schema

    def options(self, schema: Json) -> list[Json]:
        schema = self.resolved(schema)
        if "properties" in schema:
            return [schema]
        options = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
        return [each for one in options for each in self.options(one)] if options else [schema]

    def places(self, schema: Json, depth: int = DEPTH) -> list[Place]:
        """Every place of a body, the body itself first, and one of a name it does not know."""
        places: dict[Place, None] = {(): None}
        for option in self.options(schema) if depth else ():
            if option.get("type") == "object":
                places[(HERE,)] = None
            for step, inner in _steps(option).items():
                places |= {(step, *rest): None for rest in self.places(inner, depth - 1)}
        return list(places)


def _steps(schema: Json) -> dict[str | int, Json]:
    """The schemas one step further in."""
    further: dict[str | int, Json] = {**schema.get("properties", {})}
    if others := schema.get("additionalProperties"):
        further[ANY_NAME] = {} if others is True else others
    if "items" in schema:
        further[0] = schema["items"]
    return further
