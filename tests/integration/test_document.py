"""The OpenAPI document as generators of clients read it."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from pydantic import TypeAdapter

from src.api.problems import MEDIA_TYPE, Problem
from tests.api import THINGS, UNKNOWN_ID, Json, create_thing
from tests.operations import Document

PROBLEM = {"$ref": "#/components/schemas/Problem"}
# Of pydantic's core schemas; in the document they would say nothing.
FOREIGN = {"ge", "le", "gt", "lt", "min_length", "max_length", "schema"}


@pytest.fixture
async def document(app: FastAPI) -> Json:
    return app.openapi()


def parts(schema: object) -> Iterator[Json]:
    if isinstance(schema, dict):
        yield schema
        for each in schema.values():
            yield from parts(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from parts(each)


async def test_problem_is_defined_once_and_referred_to_by_every_operation(document: Json) -> None:
    titles = Counter(each.get("title") for each in parts(document) if "properties" in each)
    answers = [
        operation["responses"]["default"]["content"]
        for path in document["paths"].values()
        for operation in path.values()
    ]

    assert titles["Problem"] == 1
    assert len(answers) > 10
    assert all(each == {MEDIA_TYPE: {"schema": PROBLEM}} for each in answers)


async def test_problems_have_what_their_schema_promises(
    client: AsyncClient, document: Json
) -> None:
    schema = document["components"]["schemas"]["Problem"]
    invalid = (await client.post(THINGS, json={})).json()
    plain = (await client.get(f"{THINGS}/{UNKNOWN_ID}")).json()

    assert {*schema["required"]} == {*plain}
    assert {*plain, "errors"} == {*invalid}
    for problem in (invalid, plain):
        assert TypeAdapter(Problem).validate_python(problem).model_dump() == problem


async def test_every_reference_leads_somewhere(document: Json) -> None:
    known = Document(document)
    for each in parts(document):
        assert known.resolved(each) is not None


async def test_every_operation_has_a_name_of_its_own_and_a_tag(document: Json) -> None:
    operations = [each for path in document["paths"].values() for each in path.values()]

    names = [each["operationId"] for each in operations]
    assert len({*names}) == len(names)
    assert all(name.isidentifier() and name.islower() for name in names)
    assert all(len(each["tags"]) == 1 for each in operations)


async def test_every_object_is_one_class_of_a_generated_client(document: Json) -> None:
    for name, schema in document["components"]["schemas"].items():
        if "properties" in schema:
            assert not {"oneOf", "anyOf", "allOf", "$ref"} & {*schema}, name


async def test_bounds_of_parameters_and_fields_are_stated_in_json_schema(document: Json) -> None:
    for schema in parts([document["paths"], document["components"]]):
        if "type" in schema and isinstance(schema["type"], str):
            assert not FOREIGN & {*schema}, schema


async def test_examples_are_valid(document: Json) -> None:
    for schema in parts([document["paths"], document["components"]]):
        if isinstance(schema.get("pattern"), str):
            assert all(re.search(schema["pattern"], each) for each in schema.get("examples", []))


async def test_fields_of_answers_are_in_the_order_of_the_document(
    client: AsyncClient, document: Json
) -> None:
    thing = await create_thing(client)
    changed = await client.patch(f"{THINGS}/{thing['id']}", json={"description": "Moon"})
    page = (await client.get(THINGS)).json()

    schemas = document["components"]["schemas"]
    for row in (thing, changed.json(), page["items"][0]):
        assert [*row] == [*schemas["ThingResponse"]["properties"]]
    listed = Document(document).resolved(
        document["paths"][THINGS]["get"]["responses"]["200"]["content"]["application/json"][
            "schema"
        ]
    )
    assert [*page] == [*listed["properties"]]
