"""Query parameters are what the OpenAPI document says: spelt like JSON, and given once."""

import re
from collections.abc import AsyncIterator
from typing import Annotated

import pytest
from fastapi import FastAPI, Query
from httpx import AsyncClient
from pydantic import MISSING, BaseModel

from src.api.paths import API
from src.api.routing import ResourceRouter
from src.models.types import (
    BoolQuery,
    FloatQuery,
    Int32Query,
    PageLimit,
    PageSkip,
    SafeIntQuery,
    Whole,
)
from tests.api import UNKNOWN_ID, Json, assert_invalid, assert_unknown
from tests.apps import client_of, make_settings, running
from tests.operations import Document

WHOLE, NUMBER, BOOL = "a whole number, such as 7", "a number, such as 0.7", "true or false"
KINDS = {
    "whole": WHOLE,
    "int32": WHOLE,
    "safe": WHOLE,
    "limit": WHOLE,
    "skip": WHOLE,
    "number": NUMBER,
    "flag": BOOL,
}
NO_NUMBERS = ["", " 1", "1 ", "+1", "1_000", "01", "٣", "１", "1e", "0x1", "true", "nan", "inf"]
REFUSED = {
    WHOLE: [*NO_NUMBERS, "0.0", "1.0", "1e3", "1.", "-", "--1", "1" * 5000],
    NUMBER: [*NO_NUMBERS, ".5", "1.", "Infinity", "-", "1e400"],
    BOOL: ["", "1", "0", "on", "yes", "t", "True", "FALSE", " true"],
}
ACCEPTED: dict[str, dict[str, object]] = {
    WHOLE: {"1": 1, "7": 7, "100": 100},
    NUMBER: {"0": 0.0, "-1": -1.0, "0.7": 0.7, "1e3": 1000.0, "-2.5E-1": -0.25},
    BOOL: {"true": True, "false": False},
}


class Kinds(BaseModel):
    model_config = {"extra": "forbid"}

    whole: Annotated[int, Whole] | MISSING = MISSING
    int32: Int32Query | MISSING = MISSING
    safe: SafeIntQuery | MISSING = MISSING
    limit: PageLimit | MISSING = MISSING
    skip: PageSkip | MISSING = MISSING
    number: FloatQuery | MISSING = MISSING
    flag: BoolQuery | MISSING = MISSING
    tags: list[str] | MISSING = MISSING


class Shown(BaseModel):
    query: Json


router = ResourceRouter("/kinds")


@router.get("")
async def show(query: Annotated[Kinds, Query()]) -> Shown:
    return Shown(query=query.model_dump())


@router.post("")
async def send(query: Annotated[Kinds, Query()]) -> Shown:
    return await show(query)


@router.get("/apart")
async def show_apart(
    one: Annotated[str, Query()] = "",
    many: Annotated[list[str], Query()] = [],  # noqa: B006
) -> Shown:
    return Shown(query={"one": one, "many": many})


@pytest.fixture(scope="module")
async def shared_app() -> AsyncIterator[FastAPI]:
    async with running(make_settings("sqlite://")) as app:
        app.include_router(router)
        yield app


@pytest.fixture
async def kinds(shared_app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with client_of(shared_app) as client:
        yield client


@pytest.mark.parametrize("name", KINDS)
async def test_only_the_spelling_of_json_is_taken(kinds: AsyncClient, name: str) -> None:
    for text, value in ACCEPTED[KINDS[name]].items():
        response = await kinds.get("/kinds", params={name: text})
        assert response.json() == {"query": {name: value}}, text
    for text in REFUSED[KINDS[name]]:
        response = await kinds.get("/kinds", params={name: text})
        assert response.status_code == 422, text
        assert [*response.json()["errors"]] == [f"query.{name}"]


async def test_refusal_says_what_is_expected(kinds: AsyncClient) -> None:
    for name, example in KINDS.items():
        response = await kinds.get("/kinds", params={name: " 1"})
        assert_invalid(response, {f"query.{name}": [f"must be {example}"]})


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize(
    "query", ["flag=true&flag=true", "limit=1&flag=true&limit=2", "%66lag=true&flag=false"]
)
async def test_parameter_given_twice_is_refused(
    kinds: AsyncClient, method: str, query: str
) -> None:
    response = await kinds.request(method, f"/kinds?{query}")

    assert response.status_code == 422
    if method != "HEAD":
        name = "limit" if "limit" in query else "flag"
        assert_invalid(response, {f"query.{name}": ["must be given once"]})


async def test_list_may_be_given_twice(kinds: AsyncClient) -> None:
    both = await kinds.get("/kinds?tags=a&tags=b&limit=1")
    apart = await kinds.get("/kinds/apart?many=a&many=b&one=c")
    twice = await kinds.get("/kinds/apart?many=a&many=b&one=c&one=d")

    assert both.json() == {"query": {"tags": ["a", "b"], "limit": 1}}
    assert apart.json() == {"query": {"one": "c", "many": ["a", "b"]}}
    assert_invalid(twice, {"query.one": ["must be given once"]})


async def test_no_parameter_of_any_operation_may_be_given_twice(
    kinds: AsyncClient, shared_app: FastAPI
) -> None:
    asked = 0
    for operation in Document(shared_app.openapi()).operations:
        parameters = {each["name"]: each for each in operation.parameters if each["in"] == "query"}
        values = {
            name: _value_of(each["schema"])
            for name, each in parameters.items()
            if each["schema"].get("type") != "array"
        }
        needed = {name: value for name, value in values.items() if parameters[name]["required"]}
        for name, value in values.items():
            response = await kinds.request(
                operation.method,
                re.sub(r"\{\w+\}", UNKNOWN_ID, operation.path),
                params={**needed, name: [value, value]},
                json={} if operation.method == "post" else None,
            )
            assert_invalid(response, {f"query.{name}": ["must be given once"]})
            asked += 1
    assert asked > 20


async def test_unknown_parameter_of_any_operation_is_refused(
    kinds: AsyncClient, shared_app: FastAPI
) -> None:
    asked = set[str]()
    for operation in Document(shared_app.openapi()).operations:
        if operation.path.startswith(API) and not operation.path.endswith("/login"):
            path = re.sub(r"\{\w+\}", UNKNOWN_ID, operation.path)
            response = await kinds.request(operation.method, f"{path}?limit=1&PLANTED=1")
            assert_unknown(response, "query", operation.names("query"))
            asked.add(operation.method)
    assert asked == {"get", "post", "put", "patch", "delete"}


def _value_of(schema: Json) -> str:
    formats = {
        "uuid": UNKNOWN_ID,
        "date": "2026-11-21",
        "date-time": "2026-11-21T08:00:00Z",
        "email": "grace@example.com",
        "uri": "https://example.com",
    }
    if "enum" in schema:
        return str(schema["enum"][0])
    if schema.get("contentMediaType") == "application/json":
        return "{}"
    if "format" in schema:
        return formats[schema["format"]]
    if "pattern" in schema and "examples" in schema:
        return str(schema["examples"][0])
    of_type = {"boolean": "true", "integer": str(schema.get("minimum", 1)), "number": "1"}
    return of_type.get(schema["type"], "1")
