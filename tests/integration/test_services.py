"""What a feature with rules of its own builds on."""

from uuid import UUID

import pytest
from pydantic import MISSING
from sqlmodel import col, update

from src.core.database import Database, ReadOnlyError
from src.core.errors import ConflictError, NotFoundError, PreconditionFailedError
from src.models import Project
from src.schemas.project import ProjectCreate, ProjectResponse, ProjectUpdate
from src.services.base import Versions
from src.services.project import ProjectService
from tests.api import UNKNOWN_ID


class Archive(ProjectService):
    """Its projects keep their names once they have a description."""

    async def update(
        self, entity_id: UUID, changes: ProjectUpdate, if_match: Versions | None = None
    ) -> ProjectResponse:
        project = await self.load(entity_id, if_match)
        if project.description is not None and changes.name is not MISSING:
            msg = "This project has been described: it keeps its name."
            raise ConflictError(msg)
        project.sqlmodel_update(changes.model_dump())
        return await self.save(project)


async def created(database: Database, description: str | None = None) -> ProjectResponse:
    async with database.writing() as session:
        data = ProjectCreate(name="Apollo", description=description)
        return await Archive(session).create(data)


async def test_rule_sees_the_row_and_lets_the_change_pass(database: Database) -> None:
    project = await created(database)

    async with database.writing() as session:
        changed = await Archive(session).update(project.id, ProjectUpdate(name="Gemini"))

    assert (changed.name, changed.version) == ("Gemini", 2)
    async with database.reading() as session:
        assert await Archive(session).get(project.id) == changed


async def test_rule_refuses_and_nothing_changes(database: Database) -> None:
    project = await created(database, description="Moon")

    with pytest.raises(ConflictError, match="keeps its name"):
        async with database.writing() as session:
            await Archive(session).update(project.id, ProjectUpdate(name="Gemini"))

    async with database.reading() as session:
        assert await Archive(session).get(project.id) == project


async def test_row_is_loaded_only_in_the_version_that_was_asked_for(database: Database) -> None:
    project = await created(database)

    async with database.writing() as session:
        with pytest.raises(PreconditionFailedError):
            await Archive(session).load(project.id, frozenset({7}))
        with pytest.raises(NotFoundError):
            await Archive(session).load(UUID(UNKNOWN_ID))


async def test_row_changed_since_it_was_loaded_is_not_overwritten(database: Database) -> None:
    project = await created(database)

    with pytest.raises(ConflictError, match="changed meanwhile"):
        async with database.writing() as session:
            archive = Archive(session)
            row = await archive.load(project.id)
            await session.exec(
                update(Project).values(version=col(Project.version) + 1),
                execution_options={"synchronize_session": False},
            )
            row.name = "Gemini"
            await archive.save(row)


async def test_saved_name_that_is_taken_names_its_field(database: Database) -> None:
    project = await created(database)
    async with database.writing() as session:
        await Archive(session).create(ProjectCreate(name="Gemini"))

    with pytest.raises(ConflictError) as refused:
        async with database.writing() as session:
            await Archive(session).update(project.id, ProjectUpdate(name="Gemini"))

    assert refused.value.fields == ("name",)


async def test_statement_sees_the_changes_of_loaded_rows(database: Database) -> None:
    project = await created(database)

    async with database.writing() as session:
        archive = Archive(session)
        (await archive.load(project.id)).name = "Gemini"

        assert (await archive.get(project.id)).name == "Gemini"


async def test_commit_takes_what_a_loaded_row_was_changed_to(database: Database) -> None:
    project = await created(database)

    async with database.writing() as session:
        (await Archive(session).load(project.id)).name = "Gemini"

    async with database.reading() as session:
        assert (await Archive(session).get(project.id)).name == "Gemini"


async def test_service_does_not_write_in_a_reading_session(database: Database) -> None:
    project = await created(database)

    with pytest.raises(ReadOnlyError):
        async with database.reading() as session:
            await Archive(session).delete(project.id)


@pytest.mark.parametrize("versions", [frozenset({1}), frozenset({1, 7})])
async def test_delete_in_one_of_the_versions(database: Database, versions: Versions) -> None:
    project = await created(database)

    async with database.writing() as session:
        await Archive(session).delete(project.id, versions)

    async with database.reading() as session:
        with pytest.raises(NotFoundError):
            await Archive(session).get(project.id)
