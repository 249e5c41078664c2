"""What documents are beyond their fields: bodies of four kinds, changed by merge patches."""

import asyncio
import json
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient, Response
from sqlmodel import col, select, update

from src.core.database import Database
from src.models.document import Document
from src.models.document_bodies import CHECKPOINTS, OUTPUTS, WARNINGS
from src.schemas.base import ERRORS
from src.schemas.document import WHERE_CHARACTERS, WHERE_ITEMS, WHERE_LEVELS
from src.services.document import SHOWN
from tests.api import UNKNOWN_ID, Json, assert_invalid, assert_problem
from tests.callers import Sample
from tests.cost import cheaply
from tests.integration.test_documents import CONFIG, DVC, MLFLOW, SESSION
from tests.integration.test_documents import TestDocuments as Documents
from tests.integration.test_projects import TestProjects as Projects

MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
MISMATCH = "The body would not match the schema of its kind."
KINDS = [SESSION, MLFLOW, DVC, CONFIG]
SAMPLES: dict[str, Sample] = {
    f"POST {Documents.path}": Sample(
        feature=Projects,
        body=lambda project: [{"project_id": project["id"], "body": body} for body in KINDS[1:]],
    )
}
OLD: Json = {
    "kind": "model_session",
    "schema_version": 1,
    "status": "active",
    "hyperparameters": {},
    "packages": {},
    "checkpoints": ["s3://models/digits/1"],
}


async def document_of(client: AsyncClient, body: Json) -> Json:
    """Return a document with the body: of a configuration, the one that its project has."""
    if body["kind"] != "project_config":
        return await Documents.create(client, body=body)
    response = await patch(client, await config_of(client, await Projects.create(client)), body)
    changed: Json = response.json()
    return changed


async def config_of(client: AsyncClient, project: Json) -> Json:
    query = {"project_id": project["id"], "kind": "project_config"}
    response = await client.get(Documents.path, params=query)
    (found,) = response.json()["items"]
    config: Json = found
    return config


async def patch(client: AsyncClient, document: Json, body: object, **headers: str) -> Response:
    changes = {"body": body}
    return await client.patch(Documents.path_of(document), json=changes, headers=headers)


async def found(client: AsyncClient, where: object, **query: str) -> list[Json]:
    return await Documents.listed(client, where=json.dumps(where), sort="id", **query)


# The kinds


@pytest.mark.parametrize("body", KINDS, ids=lambda body: body["kind"])
async def test_body_of_every_kind_is_read_as_it_was_written(
    client: AsyncClient, body: Json
) -> None:
    document = await document_of(client, body)

    assert document["body"] == body
    assert await Documents.get(client, document) == document


WRONG: list[tuple[Json, Json, str]] = [
    (SESSION, {"status": "tired"}, "status"),
    (SESSION, {"checkpoints": [{"uri": "s3://a", "step": "1"}]}, "checkpoints.0.step"),
    (SESSION, {"hyperparameters": {"units": []}}, "hyperparameters"),
    (MLFLOW, {"run_id": 1}, "run_id"),
    (MLFLOW, {"tracking_uri": "none"}, "tracking_uri"),
    (DVC, {"outs": []}, "outs"),
    (DVC, {"outs": [{"path": "a", "md5": "0"}]}, "outs.0.md5"),
    (CONFIG, {"settings": []}, "settings"),
    (CONFIG, {"primary_metric": 1}, "primary_metric"),
    *((body, {"schema_version": 7}, "schema_version") for body in KINDS),
]


@pytest.mark.parametrize(("body", "wrong", "place"), WRONG, ids=str)
async def test_wrong_value_is_refused_and_named_in_every_kind(
    client: AsyncClient, body: Json, wrong: Json, place: str
) -> None:
    document = await document_of(client, body)
    new = await Documents.new(client, body=body | wrong)

    created = await client.post(Documents.path, json=new)
    changed = await patch(client, document, wrong)

    assert [*created.json()["errors"]] == [f"body.body.{place}"]
    assert_problem(changed, 422, MISMATCH, errors=created.json()["errors"])
    assert await Documents.get(client, document) == document


@pytest.mark.parametrize("body", KINDS, ids=lambda body: body["kind"])
async def test_unknown_field_is_refused_and_not_repeated_in_every_kind(
    client: AsyncClient, body: Json
) -> None:
    document = await document_of(client, body)
    new = await Documents.new(client, body=body | {"planted": 1})

    created = await client.post(Documents.path, json=new)
    changed = await patch(client, document, {"planted": 1})

    assert_invalid(created, {"body.body": ["unknown field"]})
    assert_problem(changed, 422, MISMATCH, errors={"body.body": ["unknown field"]})


@pytest.mark.parametrize("kind", [None, 1, [], "planted", "", "model_session "])
async def test_unknown_kind_is_not_repeated(client: AsyncClient, kind: object) -> None:
    response = await client.post(
        Documents.path, json=await Documents.new(client, body=SESSION | {"kind": kind})
    )

    kinds = "must have a kind: model_session, mlflow_metadata, dvc_metadata, project_config"
    assert_invalid(response, {"body.body": [kinds]})


async def test_kind_never_changes(client: AsyncClient) -> None:
    document = await Documents.create(client)
    others = dict.fromkeys(SESSION.keys() - DVC.keys())

    response = await patch(client, document, DVC | others)

    assert response.status_code == 422
    assert response.json()["errors"]["body.body.kind"] == ["Input should be 'model_session'"]
    assert await Documents.get(client, document) == document


async def test_lists_of_a_body_are_bounded(client: AsyncClient) -> None:
    checkpoint, output = {"uri": "s3://a"}, {"path": "a", "md5": "0" * 32}
    for body, name, item, most in (
        (SESSION, "checkpoints", checkpoint, CHECKPOINTS),
        (DVC, "outs", output, OUTPUTS),
        (SESSION, "warnings", "It did not converge.", WARNINGS),
    ):
        fits = await Documents.new(client, body=body | {name: [item] * most})
        beyond = await Documents.new(client, body=body | {name: [item] * (most + 1)})

        assert (await client.post(Documents.path, json=fits)).status_code == 201
        refused = await client.post(Documents.path, json=beyond)
        assert [*refused.json()["errors"]] == [f"body.body.{name}"]


@pytest.mark.parametrize(
    ("unknown", "count", "shown"),
    [(1, 5, 10), (1, SHOWN, SHOWN), (1, ERRORS // 2, SHOWN), (8, CHECKPOINTS, 1)],
)
async def test_errors_of_a_body_are_few(
    client: AsyncClient, unknown: int, count: int, shown: int
) -> None:
    document = await Documents.create(client)
    wrong = {f"{number}": 0 for number in range(unknown)}
    change = {"checkpoints": [wrong] * count}

    changed = await cheaply(lambda: patch(client, document, change))
    created = await client.post(
        Documents.path, json=await Documents.new(client, body=SESSION | change)
    )

    assert changed.status_code == created.status_code == 422
    assert len(changed.json()["errors"]) == shown
    assert len(created.json()["errors"]) <= SHOWN


# Changes


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {}),
        ({"status": "finished"}, {"status": "finished"}),
        (
            {"hyperparameters": {"units": 32, "depth": 2}},
            {"hyperparameters": {"units": 32, "rate": 0.1, "depth": 2}},
        ),
        ({"hyperparameters": {"rate": None, "none": None}}, {"hyperparameters": {"units": 64}}),
        ({"packages": None}, {"packages": {}}),
        ({"status": None}, {"status": "active"}),
        (
            {"checkpoints": [{"uri": "s3://models/digits/2"}]},
            {"checkpoints": [{"uri": "s3://models/digits/2"}]},
        ),
    ],
    ids=str,
)
async def test_patch_merges(client: AsyncClient, change: Json, expected: Json) -> None:
    document = await Documents.create(client)

    response = await patch(client, document, change, **MERGE_PATCH)

    assert response.json()["body"] == SESSION | expected
    assert response.json()["version"] == (2 if SESSION | expected != SESSION else 1)
    assert await Documents.get(client, document) == response.json()


async def test_null_removes_a_field_that_may_be_absent(client: AsyncClient) -> None:
    document = await Documents.create(client)

    body = (await patch(client, document, {"framework": None})).json()["body"]

    assert body == {name: value for name, value in SESSION.items() if name != "framework"}


@pytest.mark.parametrize(
    ("body", "place"), [(None, "body.body"), ({"kind": None}, "body.body.kind")]
)
async def test_what_is_required_cannot_be_removed(
    client: AsyncClient, body: object, place: str
) -> None:
    document = await Documents.create(client)

    response = await patch(client, document, body)

    assert response.status_code == 422
    assert [*response.json()["errors"]] == [place]
    assert await Documents.get(client, document) == document


async def test_body_stays_below_its_limit_however_it_grows(client: AsyncClient) -> None:
    config = await document_of(client, CONFIG)
    half = {"settings": {"a": "x" * 40_000}}

    first = await patch(client, config, half)
    second = await patch(client, config, {"settings": {"b": "x" * 40_000}})

    assert first.status_code == 200
    too_large = {"body.body.settings": ["must have at most 65536 bytes"]}
    assert_problem(second, 422, MISMATCH, errors=too_large)


async def test_stale_version_changes_nothing(client: AsyncClient) -> None:
    document = await Documents.create(client)
    changed = (await patch(client, document, {"status": "failed"}, **{"If-Match": '"1"'})).json()

    stale = await patch(client, document, {"status": "finished"}, **{"If-Match": '"1"'})

    assert stale.status_code == 412
    assert await Documents.get(client, document) == changed


async def test_of_50_racing_patches_none_is_lost(concurrent_client: AsyncClient) -> None:
    document = await Documents.create(concurrent_client)

    answers = await asyncio.gather(
        *(
            patch(concurrent_client, document, {"packages": {f"package-{number}": "1"}})
            for number in range(50)
        )
    )

    assert [each.status_code for each in answers] == [200] * 50
    shown = await Documents.get(concurrent_client, document)
    expected = {"scikit-learn": "1.7"} | {f"package-{number}": "1" for number in range(50)}
    assert (shown["body"]["packages"], shown["version"]) == (expected, 51)


async def test_of_50_racing_patches_of_a_version_one_wins(concurrent_client: AsyncClient) -> None:
    document = await Documents.create(concurrent_client)

    answers = await asyncio.gather(
        *(
            patch(concurrent_client, document, {"packages": {f"{n}": "1"}}, **{"If-Match": '"1"'})
            for n in range(50)
        )
    )

    assert sorted(each.status_code for each in answers) == [200] + [412] * 49
    (winner,) = (each.json() for each in answers if each.status_code == 200)
    assert await Documents.get(concurrent_client, document) == winner


# Versions of a kind


async def stored(database: Database, document: Json) -> Json:
    """Return the body as the database has it."""
    async with database.reading() as session:
        body = select(Document.body).where(col(Document.id) == UUID(document["id"]))
        return dict((await session.exec(body)).one())


async def old_document(client: AsyncClient, database: Database) -> Json:
    document = await Documents.create(client)
    async with database.writing() as session:
        its = col(Document.id) == UUID(document["id"])
        await session.exec(update(Document).where(its).values(body=OLD))
    return document


async def test_older_body_is_shown_as_the_newest_and_stays_as_it_was_written(
    client: AsyncClient, database: Database
) -> None:
    document = await old_document(client, database)
    expected = OLD | {"schema_version": 2, "checkpoints": [{"uri": "s3://models/digits/1"}]}

    assert (await Documents.get(client, document))["body"] == expected
    assert [each["body"] for each in await Documents.listed(client)] == [expected]
    assert await stored(database, document) == OLD


async def test_change_writes_the_newest_version(client: AsyncClient, database: Database) -> None:
    document = await old_document(client, database)
    shown = (await Documents.get(client, document))["body"]

    changed = (await patch(client, document, {"status": "finished"})).json()

    assert changed["body"] == shown | {"status": "finished"}
    assert await stored(database, document) == changed["body"]


async def test_older_bodies_are_found_and_renewed_by_a_patch_without_changes(
    client: AsyncClient, database: Database
) -> None:
    document = await old_document(client, database)
    await Documents.create(client)
    old = await found(client, {"schema_version": 1}, kind="model_session")

    await patch(client, old[0], {})

    assert [each["id"] for each in old] == [document["id"]]
    assert await found(client, {"schema_version": 1}, kind="model_session") == []
    assert (await stored(database, document))["schema_version"] == 2


# Configurations of projects


async def test_project_has_a_configuration_from_the_beginning(client: AsyncClient) -> None:
    project = await Projects.create(client)

    config = await config_of(client, project)

    assert config["body"] == {"kind": "project_config", "schema_version": 1, "settings": {}}
    assert config["project_id"] == project["id"]


async def test_project_that_is_refused_has_no_configuration(client: AsyncClient) -> None:
    project = await Projects.create(client)

    refused = await client.post(Projects.path, json={"name": project["name"]})

    assert refused.status_code == 409
    page = (await client.get(Documents.path, params={"total": True})).json()
    assert page["total"] == 1


async def test_project_has_one_configuration(client: AsyncClient) -> None:
    project, other = await Projects.create(client), await Projects.create(client)
    new = {"project_id": project["id"], "body": CONFIG}
    theirs = await config_of(client, other)

    second = await client.post(Documents.path, json=new)
    moved = await client.patch(Documents.path_of(theirs), json={"project_id": project["id"]})

    for refused in (second, moved):
        assert (refused.status_code, refused.json()["title"]) == (409, "Conflict")
    assert await config_of(client, other) == theirs


async def test_configuration_goes_with_the_project_alone(client: AsyncClient) -> None:
    project = await Projects.create(client)
    config = await config_of(client, project)

    refused = await client.delete(Documents.path_of(config))
    kept = await Documents.get(client, config)
    await client.delete(Projects.path_of(project))

    detail = "A project keeps its configuration: change it, or delete the project."
    assert_problem(refused, 409, detail)
    assert kept == config
    assert (await client.get(Documents.path_of(config))).status_code == 404


async def test_version_is_compared_before_the_kind_is(
    client: AsyncClient, other: AsyncClient
) -> None:
    config = await config_of(client, await Projects.create(client))
    path = Documents.path_of(config)

    assert (await client.delete(path, headers={"If-Match": '"2"'})).status_code == 412
    assert (await other.delete(path)).status_code == 404


# Lists


async def test_list_shows_the_documents_of_a_kind(client: AsyncClient) -> None:
    documents = [await document_of(client, body) for body in KINDS]

    for document in documents[:3]:
        assert await Documents.listed(client, kind=document["body"]["kind"]) == [document]
    assert await found(client, {}, kind_in="dvc_metadata") == [documents[2]]


@pytest.mark.parametrize(
    ("where", "numbers"),
    [
        ({}, [0, 1, 2, 3]),
        ({"status": "active"}, [0]),
        ({"status": "finished"}, [1]),
        ({"kind": "model_session", "hyperparameters": {"units": 64.0}}, [0, 1]),
        ({"hyperparameters": {"units": "64"}}, []),
        ({"hyperparameters": {}}, [0, 1]),
        ({"checkpoints": [{"step": 100}]}, [0, 1]),
        ({"tags": {"mlflow.user": "ada"}}, [2]),
        ({"outs": [{"nfiles": 3}]}, [3]),
        ({"outs": [{"path": "data.csv", "size": 7}, {"path": "images"}]}, [3]),
        ({"outs": [{"path": "data.csv", "nfiles": 3}]}, []),
        ({"outs": {"path": "data.csv"}}, []),
        ({"unknown": None}, []),
    ],
    ids=str,
)
async def test_list_shows_the_documents_that_contain_something(
    client: AsyncClient, where: Json, numbers: list[int]
) -> None:
    bodies = (SESSION, SESSION | {"status": "finished"}, MLFLOW, DVC)
    documents = [await Documents.create(client, body=body) for body in bodies]

    assert await found(client, where) == [documents[number] for number in numbers]


async def test_pages_of_what_is_found_neither_repeat_nor_skip(client: AsyncClient) -> None:
    project = await Projects.create(client)
    documents = [
        await Documents.create(client, project_id=project["id"], body=SESSION | {"status": status})
        for status in ("active", "failed") * 4
    ]

    items = await found(client, {"status": "failed"}, project_id=project["id"])
    page = await client.get(
        Documents.path, params={"where": '{"status": "failed"}', "limit": 1, "total": True}
    )

    assert items == documents[1::2]
    assert (page.json()["items"], page.json()["total"]) == ([documents[-1]], 4)


async def test_documents_of_others_are_not_found(client: AsyncClient, other: AsyncClient) -> None:
    await Documents.create(other)

    assert await found(client, {"status": "active"}) == []


def nested(levels: int) -> Json:
    return {"a": nested(levels - 1)} if levels > 1 else {"a": 1}


JSON = 'must be a JSON object with each name once, such as {"status": "active"}'
EXTENT = f"must have at most {WHERE_LEVELS} levels, and {WHERE_ITEMS} names and items"
LENGTH = f"must have at most {WHERE_CHARACTERS} characters"
NUMBERS = "must have numbers between -9007199254740991 and 9007199254740991"
STORABLE = "must be JSON of at most 32 levels, without NaN, infinity, NUL characters"
UNUSABLE = [
    ("", JSON),
    ("planted", JSON),
    ("{'planted': 1}", JSON),
    ('{"planted": 1', JSON),
    ("[]", JSON),
    ('"planted"', JSON),
    ("null", JSON),
    ('{"planted": 1, "planted": 2}', JSON),
    (json.dumps(nested(WHERE_LEVELS + 1)), EXTENT),
    (json.dumps({"a": [0] * WHERE_ITEMS}), EXTENT),
    (json.dumps({f"{n}": 0 for n in range(WHERE_ITEMS + 1)}), EXTENT),
    ("[" * (WHERE_CHARACTERS // 2) + "]" * (WHERE_CHARACTERS // 2), JSON),
    ('{"a":' * 150 + "1" + "}" * 150, STORABLE),
    (f'{{"a": "{"x" * WHERE_CHARACTERS}"}}', LENGTH),
    ('{"a": 9007199254740992}', NUMBERS),
    ('{"a": [-1e16]}', NUMBERS),
    ('{"a": NaN}', STORABLE),
    ('{"a": 1e999}', STORABLE),
    ('{"a": "\\u0000"}', STORABLE),
    ('{"\\u0000": 1}', STORABLE),
    ('{"a": "\\ud800"}', STORABLE),
    ('{"a": ' + "9" * 900 + "}", NUMBERS),
]


@pytest.mark.parametrize(("where", "message"), UNUSABLE, ids=lambda text: text[:40])
async def test_condition_that_cannot_be_used_is_refused_at_once(
    client: AsyncClient, where: str, message: str
) -> None:
    response = await cheaply(lambda: client.get(Documents.path, params={"where": where}))

    assert response.status_code == 422
    ((place, (told,)),) = response.json()["errors"].items()
    assert place == "query.where"
    assert told.startswith(message)
    assert "planted" not in response.text


async def test_largest_condition_is_taken(client: AsyncClient) -> None:
    empty = len(json.dumps({"a": ""}))
    deepest: Any = nested(WHERE_LEVELS)
    for where in (
        deepest,
        {"a": list(range(WHERE_ITEMS - 1))},
        {f"{number}": number for number in range(WHERE_ITEMS)},
        {"a": "x" * (WHERE_CHARACTERS - empty)},
        {"a": [2**53 - 1, -(2**53) + 1]},
    ):
        response = await client.get(Documents.path, params={"where": json.dumps(where)})
        assert response.status_code == 200


async def test_document_of_an_unknown_project_conflicts(client: AsyncClient) -> None:
    missing = "There is no such project."

    for body in (SESSION, CONFIG):
        response = await client.post(Documents.path, json={"project_id": UNKNOWN_ID, "body": body})
        assert_problem(response, 409, missing, errors={"body.project_id": [missing]})
