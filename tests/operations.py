"""The operations of a service as its OpenAPI document tells them, and valid requests for each."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from httpx import AsyncClient
from sqlmodel import SQLModel

from tests.apps import database_of
from tests.databases import TABLES, make_empty

type Schema = dict[str, Any]
type Place = tuple[str | int, ...]
"""Where in a body: names of fields, 0 for the item of a list."""
type Makers = dict[str, Operation]
"""What makes the resources whose ids stand in parameters and fields, by their names."""

METHODS = ("get", "post", "put", "patch", "delete")
JSON_TYPE = "application/json"
DEPTH = 4
HERE = "SHAPE"
ANY_NAME = "any"

# A field whose pattern or format is not satisfied by what is made here needs `examples`.
FORMATS = {
    "uuid": "01900000-0000-7000-8000-000000000000",
    "date-time": "2030-01-01T00:00:00Z",
    "date": "2030-01-01",
    "time": "00:00:00Z",
    "duration": "P1D",
    "email": "someone@example.com",
    "uri": "https://example.com/",
}


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    parameters: tuple[Schema, ...] = field(repr=False, hash=False)
    body: Schema | None = field(repr=False, hash=False)

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def table(self) -> str:
        """/line-items and /line-items/{line_item_id} are about the rows of line_items."""
        parts = [part for part in self.path.split("/") if not part.startswith("{")]
        return parts[-1].replace("-", "_")

    def names(self, where: str) -> list[str]:
        return [each["name"] for each in self.parameters if each["in"] == where]


class Contract:
    """An OpenAPI document."""

    def __init__(self, document: Schema) -> None:
        self._document = document
        self.operations = list(self._operations())
        posts = {each.path: each for each in self.operations if each.method == "post"}
        self._by_table = {each.table: each for each in posts.values()}
        # What is found at /things/{thing_id} is made by POST /things.
        self.makers: Makers = {
            name: maker
            for each in self.operations
            for collection, _, name in [each.path.removesuffix("}").rpartition("/{")]
            if each.path.endswith("}") and (maker := posts.get(collection))
        }
        # What can be read where it is put has to be there first.
        gets = {each.path for each in self.operations if each.method == "get"}
        self.putters = {
            each.path: each
            for each in self.operations
            if each.method == "put" and each.path in gets
        }

    def _operations(self) -> Iterator[Operation]:
        for path, item in self._document["paths"].items():
            for method in METHODS:
                if operation := item.get(method):
                    parameters = (*item.get("parameters", ()), *operation.get("parameters", ()))
                    body = operation.get("requestBody", {}).get("content", {}).get(JSON_TYPE, {})
                    yield Operation(
                        method, path, tuple(map(self.resolved, parameters)), body.get("schema")
                    )

    def makers_for(self, operation: Operation) -> Makers:
        """A field leads where the foreign key of its column does: in this table, or else in any."""
        tables = SQLModel.metadata.tables
        others = [table for name, table in tables.items() if name != operation.table]
        own = [tables[operation.table]] if operation.table in tables else []
        return self.makers | {
            key.parent.name: maker
            for table in (*others, *own)
            for key in table.foreign_keys
            if key.column.primary_key and (maker := self._by_table.get(key.column.table.name))
        }

    def resolved(self, schema: Schema) -> Schema:
        while reference := schema.get("$ref"):
            schema = self._document
            for name in reference.removeprefix("#/").split("/"):
                schema = schema[name]
        return schema

    def options(self, schema: Schema) -> list[Schema]:
        schema = self.resolved(schema)
        options = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
        if options and "properties" in schema:  # each says what else is required
            rest = {name: value for name, value in schema.items() if name != "oneOf"}
            required = schema.get("required", [])
            return [rest | {"required": [*required, *each["required"]]} for each in options]
        return [each for one in options for each in self.options(one)] if options else [schema]

    def places(self, schema: Schema, depth: int = DEPTH) -> list[Place]:
        """Every place of a body, the body itself first, and one of a name it does not know."""
        places: dict[Place, None] = {(): None}
        for option in self.options(schema) if depth else ():
            if option.get("type") == "object":
                places[(HERE,)] = None
            for step, inner in steps(option).items():
                places |= {(step, *rest): None for rest in self.places(inner, depth - 1)}
        return list(places)


def steps(schema: Schema) -> dict[str | int, Schema]:
    """The schemas one step further in."""
    further: dict[str | int, Schema] = {**schema.get("properties", {})}
    if others := schema.get("additionalProperties"):
        further[ANY_NAME] = {} if others is True else others
    if "items" in schema:
        further[0] = schema["items"]
    return further


class Caller:
    """Makes valid requests to an app, with the resources they need."""

    def __init__(self, app: FastAPI, client: AsyncClient, contract: Contract) -> None:
        self.app = app
        self.client = client
        self.contract = contract
        self._ids: dict[Operation, str] = {}

    async def forget(self) -> None:
        """Empty the database, so that no request depends on those before it."""
        await make_empty(database_of(self.app))
        self._ids.clear()

    async def undo(self, operation: Operation) -> None:
        """Empty the table it is about, so that it succeeds again, with what it depends on."""
        if operation.table not in TABLES:
            return await self.forget()
        await make_empty(database_of(self.app), only={operation.table})
        self._ids = {each: at for each, at in self._ids.items() if each.table != operation.table}

    async def required(self, operation: Operation, where: str) -> dict[str, str]:
        """Valid values of the parameters that have to be there: of path, query or header."""
        makers = self.contract.makers
        values = {
            each["name"]: str(await self.value(each["schema"], makers, each["name"]))
            for each in operation.parameters
            if each["in"] == where and each.get("required")
        }
        if where == "header":
            return values
        values = {name: quote(value) for name, value in values.items()}
        if where == "path" and (putter := self.contract.putters.get(operation.path)):
            await self._put(putter, values)
        return values

    async def body(self, operation: Operation, place: Place | None = None) -> bytes:
        """A valid body; `HERE` stands at the place, if there is one."""
        if operation.body is None:
            return b""
        makers = self.contract.makers_for(operation)
        return json.dumps(await self.value(operation.body, makers, place=place)).encode()

    async def value(
        self, schema: Schema, makers: Makers, name: str = "", place: Place | None = None
    ) -> Any:
        """A valid value with what is required, and with the way to the place."""
        if place == ():
            return HERE
        options = self.contract.options(schema)
        if not place:
            return await self._plain(options[0], makers, name)
        step, *rest = place
        # An option that needs the step excludes others that may have it.
        options.sort(key=lambda each: step not in each.get("required", ()))
        option = next((each for each in options if step in steps(each)), options[0])
        inner = await self.value(steps(option).get(step, {}), makers, str(step), tuple(rest))
        return [inner] if step == 0 else await self._plain(option, makers, name) | {step: inner}

    async def _plain(self, schema: Schema, makers: Makers, name: str) -> Any:
        if name in makers:
            return await self._resource(makers[name])
        for known in ("examples", "enum"):
            if known in schema:
                return schema[known][0]
        match schema:
            case {"const": constant}:
                return constant
            case {"type": "object"}:
                fields = schema.get("properties", {})
                required = schema.get("required", ())
                return {each: await self.value(fields[each], makers, each) for each in required}
            case {"type": "array"}:
                item = schema.get("items", {})
                return [await self.value(item, makers) for _ in range(schema.get("minItems", 0))]
            case {"type": "integer" | "number" as kind}:
                number = schema.get("exclusiveMinimum", 0) + 1
                number = schema.get("minimum", schema.get("maximum", number))
                return int(number) if kind == "integer" else number
            case {"type": "boolean"}:
                return True
            case {"type": "null"}:
                return None
            case {"format": known} if known in FORMATS:
                return FORMATS[known]
        return "x" * max(schema.get("minLength", 0), 1)

    async def _resource(self, maker: Operation) -> str:
        """The id of a resource that exists."""
        if maker not in self._ids:
            response = await self.client.request(
                maker.method,
                maker.path.format(**await self.required(maker, "path")),
                headers={"Content-Type": JSON_TYPE, **await self.required(maker, "header")},
                content=await self.body(maker),
            )
            assert response.status_code == 201, f"{maker}: {response.text}"
            self._ids[maker] = response.headers["Location"].rpartition("/")[2]
        return self._ids[maker]

    async def _put(self, putter: Operation, path: dict[str, str]) -> None:
        response = await self.client.put(
            putter.path.format(**path),
            headers={"Content-Type": JSON_TYPE},
            content=await self.body(putter),
        )
        assert response.is_success, f"{putter}: {response.text}"
