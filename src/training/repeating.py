"""Repeats a training by the document of its session, and compares the two models."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from uuid import UUID

from src.core.database import Database
from src.core.errors import ConflictError, NotFoundError
from src.files.local import local, private_folder
from src.files.store import Store
from src.jobs.child import Told, run_in_child
from src.models.document import Document
from src.schemas.job import Json
from src.schemas.training_job import Trained
from src.services.document_upgrades import upgraded
from src.services.stored_file import StoredFileService
from src.services.trained_model import Artefact, TrainedModelService

NEEDED = {"data", "model_version_id", "packages", "request", "test_metrics"}
"""Of a session, which its owner may change."""
NO_SESSION = "There is no document of a training session that has finished."
OTHER_DATA = "The data file is not the one of the session: its SHA-256 differs."


@dataclass(frozen=True)
class Repetition:
    rows: int
    different: int
    """The rows that the two models predict differently."""
    measures: Mapping[str, tuple[float | None, float | None]]
    """Those of the test part that differ, as they were and as they are."""
    packages: Mapping[str, tuple[str | None, str | None]]
    """Those whose versions differ."""


class Repeating:
    def __init__(self, database: Database, store: Store, memory_bytes: int, told: Told) -> None:
        self._database = database
        self._store = store
        self._memory = memory_bytes
        self._told = told

    async def repeat(self, document_id: UUID) -> Repetition:
        """Train once more and compare. Raises a `DomainError` if that cannot be done."""
        session, data, artefact = await self._found(document_id)
        async with AsyncExitStack() as stack:
            folder = await stack.enter_async_context(private_folder())
            path, first = [
                str(await stack.enter_async_context(local(self._store, each.md5, each.size_bytes)))
                for each in (data, artefact)
            ]
            second = str(folder / "model.skops")
            given = {"training": session["request"], "data": path}
            trained = Trained.model_validate(
                await self._run("src.training.train", given | {"artefact": second})
            )
            compared = await self._run(
                "src.training.comparing",
                given | {"models": [first, second], "folder": str(folder)},
            )
        return Repetition(
            **compared,
            measures=_changes(session["test_metrics"], trained.test_metrics),
            packages=_changes(session["packages"], trained.packages),
        )

    async def _run(self, module: str, request: Json) -> Json:
        return await run_in_child(self._told, module, request, memory_bytes=self._memory)

    async def _found(self, document_id: UUID) -> tuple[Json, Artefact, Artefact]:
        """Return the session, its data and its artefact."""
        async with self._database.reading(current=True) as session:
            document = await session.get(Document, document_id)
            body = upgraded(document.body) if document else {}
            if document is None or not body.keys() >= NEEDED:
                raise NotFoundError(NO_SESSION)
            models = TrainedModelService(session, document.owner_id)
            _, artefact = await models.find(UUID(body["model_version_id"]))
            files = StoredFileService(session, document.owner_id)
            file = await files.get(UUID(body["data"]["file_id"]))
        sha256 = body["data"]["sha256"]
        if file.sha256 != sha256 or file.md5 is None or file.size_bytes is None:
            raise ConflictError(OTHER_DATA)
        return body, Artefact(sha256, file.md5, file.size_bytes), artefact


def _changes[Value](
    before: Mapping[str, Value], after: Mapping[str, Value]
) -> dict[str, tuple[Value | None, Value | None]]:
    pairs = {name: (before.get(name), after.get(name)) for name in sorted({*before, *after})}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
