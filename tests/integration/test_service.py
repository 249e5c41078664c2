"""What a feature with rules of its own builds on."""

from uuid import UUID

import pytest
from pydantic import MISSING
from sqlmodel import col, update

from src.core.database import Database
from src.core.errors import ConflictError, NotFoundError, PreconditionFailedError
from src.core.sessions import ReadOnlyError
from src.services.base import Versions
from tests.api import UNKNOWN_ID
from tests.things import Thing, ThingCreate, ThingResponse, ThingService, ThingUpdate


class Archive(ThingService):
    """Its things keep their names once they have a description."""

    async def update(
        self, entity_id: UUID, changes: ThingUpdate, if_match: Versions | None = None
    ) -> ThingResponse:
        thing = await self.load(entity_id, if_match)
        if thing.description is not None and changes.name is not MISSING:
            msg = "This thing has been described: it keeps its name."
            raise ConflictError(msg)
        thing.sqlmodel_update(changes.model_dump())
        return await self.save(thing)


async def created(database: Database, description: str | None = None) -> ThingResponse:
    async with database.writing() as session:
        data = ThingCreate(name="Apollo", description=description)
        return await Archive(session).create(data)


async def test_rule_sees_the_row_and_lets_the_change_pass(database: Database) -> None:
    thing = await created(database)

    async with database.writing() as session:
        changed = await Archive(session).update(thing.id, ThingUpdate(name="Gemini"))

    assert (changed.name, changed.version) == ("Gemini", 2)
    async with database.reading() as session:
        assert await Archive(session).get(thing.id) == changed


async def test_rule_refuses_and_nothing_changes(database: Database) -> None:
    thing = await created(database, description="Moon")

    with pytest.raises(ConflictError, match="keeps its name"):
        async with database.writing() as session:
            await Archive(session).update(thing.id, ThingUpdate(name="Gemini"))

    async with database.reading() as session:
        assert await Archive(session).get(thing.id) == thing


async def test_row_is_loaded_only_in_the_version_that_was_asked_for(database: Database) -> None:
    thing = await created(database)

    async with database.writing() as session:
        with pytest.raises(PreconditionFailedError):
            await Archive(session).load(thing.id, frozenset({7}))
        with pytest.raises(NotFoundError):
            await Archive(session).load(UUID(UNKNOWN_ID))


async def test_row_changed_since_it_was_loaded_is_not_overwritten(database: Database) -> None:
    thing = await created(database)

    with pytest.raises(ConflictError, match="changed meanwhile"):
        async with database.writing() as session:
            archive = Archive(session)
            row = await archive.load(thing.id)
            await session.exec(
                update(Thing).values(version=col(Thing.version) + 1),
                execution_options={"synchronize_session": False},
            )
            row.name = "Gemini"
            await archive.save(row)


async def test_saved_name_that_is_taken_names_its_field(database: Database) -> None:
    thing = await created(database)
    async with database.writing() as session:
        await Archive(session).create(ThingCreate(name="Gemini"))

    with pytest.raises(ConflictError) as refused:
        async with database.writing() as session:
            await Archive(session).update(thing.id, ThingUpdate(name="Gemini"))

    assert refused.value.fields == ("name",)


async def test_statement_sees_the_changes_of_loaded_rows(database: Database) -> None:
    thing = await created(database)

    async with database.writing() as session:
        archive = Archive(session)
        (await archive.load(thing.id)).name = "Gemini"

        assert (await archive.get(thing.id)).name == "Gemini"


async def test_commit_takes_what_a_loaded_row_was_changed_to(database: Database) -> None:
    thing = await created(database)

    async with database.writing() as session:
        (await Archive(session).load(thing.id)).name = "Gemini"

    async with database.reading() as session:
        assert (await Archive(session).get(thing.id)).name == "Gemini"


async def test_service_does_not_write_in_a_reading_session(database: Database) -> None:
    thing = await created(database)

    with pytest.raises(ReadOnlyError):
        async with database.reading() as session:
            await Archive(session).delete(thing.id)


@pytest.mark.parametrize("versions", [frozenset({1}), frozenset({1, 7})])
async def test_delete_in_one_of_the_versions(database: Database, versions: Versions) -> None:
    thing = await created(database)

    async with database.writing() as session:
        await Archive(session).delete(thing.id, versions)

    async with database.reading() as session:
        with pytest.raises(NotFoundError):
            await Archive(session).get(thing.id)


@pytest.mark.parametrize("value", [True, 1.0])
async def test_rule_writes_json_that_python_takes_for_the_same(
    database: Database, value: object
) -> None:
    async with database.writing() as session:
        thing = await Archive(session).create(ThingCreate(name="Apollo", settings={"a": 1}))
    async with database.writing() as session:
        await Archive(session).update(thing.id, ThingUpdate(settings={"a": value}))

    async with database.reading() as session:
        settings = (await Archive(session).get(thing.id)).settings

    assert type(settings["a"]) is type(value)
