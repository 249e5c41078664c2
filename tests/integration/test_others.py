"""Nothing about others can be learnt: what is another user's is answered like what does not exist.

A user with all rights names another's rows in every place of every request: path, query and body.
Then the rows are deleted, and the same requests have to get the same answers, byte for byte.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Index, UniqueConstraint

from tests.access import issue_token
from tests.api import UNKNOWN_ID, Json
from tests.apps import database_of
from tests.callers import has
from tests.integration.test_authorization import FOR_ADMINISTRATORS, PROTECTED
from tests.operations import Operation, Place
from tests.people import OWNED, Person, person

NAMES = {table.name for table in OWNED}
# Of a row that one has to know: if it is there, the answer is 412 or 304, and otherwise 404.
CONDITIONS = {"If-Match": '"77"', "If-None-Match": "*"}


@pytest.fixture(scope="module")
async def shared_app(strict_app: FastAPI) -> FastAPI:
    return strict_app


@pytest.fixture
async def people(app: FastAPI) -> list[Person]:
    return [await person(app) for _ in range(2)]


async def test_rows_of_others_are_answered_like_rows_that_do_not_exist(
    people: list[Person],
) -> None:
    owner, stranger = people
    await stranger.settle(PROTECTED)
    await owner.settle(PROTECTED)
    ids = await owner.ids()
    questions = [
        (operation, request, {} if ids.isdisjoint(request["path"].values()) else CONDITIONS)
        for operation in PROTECTED
        for request in await questions_about(operation, owner, stranger, ids)
    ]
    places = {str(operation) for operation, *_ in questions}
    answers = [await told(stranger, *question) for question in questions]

    await owner.disappear()

    assert len(ids) >= len(OWNED)
    assert places >= {str(each) for each in PROTECTED if each.names("path") and is_owned(each)}
    for question, before in zip(questions, answers, strict=True):
        assert await told(stranger, *question) == before, question


def is_owned(operation: Operation) -> bool:
    return operation.collection.rpartition("/")[2].replace("-", "_") in NAMES


async def told(person: Person, operation: Operation, request: Json, headers: Any) -> object:
    """Return all that an answer tells."""
    response = await person.send(operation, request, **headers)
    return response.status_code, sorted(response.headers.items()), response.content


async def questions_about(
    operation: Operation, owner: Person, stranger: Person, ids: set[str]
) -> list[Json]:
    """Return requests that tell about the owner's rows, if anything does."""
    theirs = await owner.requests(operation)
    mixed = [
        with_value(request, place, value)
        for own, request in zip(theirs, await stranger.requests(operation), strict=True)
        for place, value in leaves(own)
        if value in ids and has(request, *place)
    ]
    named = [
        each for each in theirs if ids & {value for _, value in leaves(each) if is_text(value)}
    ]
    if operation.method != "get":
        return named + mixed
    is_list = "total" in operation.names("query") and not operation.names("path")
    return theirs + mixed + (await owner.lists(operation) if is_list else [])


def is_text(value: object) -> bool:
    return isinstance(value, str)


def leaves(value: Any, *way: str | int) -> Iterator[tuple[Place, Any]]:
    if isinstance(value, dict | list):
        steps = value.items() if isinstance(value, dict) else enumerate(value)
        for step, inner in steps:
            yield from leaves(inner, *way, step)
    else:
        yield way, value


def with_value(request: Json, place: Place, value: object) -> Json:
    changed = deepcopy(request)
    inner: Any = changed
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    return changed


async def test_values_that_others_have_are_free(
    people: list[Person], subtests: pytest.Subtests
) -> None:
    """No value has to be unique among the rows of all users: a refusal would tell of them."""
    owner, stranger = people
    for operation in PROTECTED:
        if operation.method == "post" and not operation.names("path") and is_owned(operation):
            (theirs, *_), (own, *_) = [await each.requests(operation) for each in people]
            ids = await owner.ids()
            same = own
            for place, value in leaves(theirs):
                same = same if value in ids else with_value(same, place, value)
            first, second = (
                await owner.send(operation, theirs),
                await stranger.send(operation, same),
            )
            with subtests.test(str(operation)):
                assert (first.status_code, second.status_code) == (201, 201), second.text


async def test_users_are_not_told_who_else_there_is(people: list[Person]) -> None:
    owner, _ = people
    token = await issue_token(database_of(owner.app), scopes="read write admin", admin=False)
    user = Person(owner.app, token.token, token.id)
    for operation in (each for each in FOR_ADMINISTRATORS if each.names("path")):
        for request in await owner.requests(operation):
            unknown = request | {"path": dict.fromkeys(request["path"], UNKNOWN_ID)}
            known = await told(user, operation, request, {})
            assert known == await told(user, operation, unknown, {})


def is_of_nobody(index: Index) -> bool:
    """Return whether only rows without an owner are in the index."""
    options = index.dialect_options["postgresql"]
    return str(options["where"]) == "owner_id IS NULL"


@pytest.mark.parametrize("table", OWNED, ids=str)
def test_uniqueness_holds_among_the_rows_of_one_owner(table: Any) -> None:
    """Otherwise a value that is taken is refused before the reference that breaks."""
    unique = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    unique += [each for each in table.indexes if each.unique and not is_of_nobody(each)]
    across = {tuple(each.columns.keys()) for each in unique if "owner_id" not in each.columns}
    # A digest of 256 random bits: nobody can name another's.
    assert across <= {("digest",)}
