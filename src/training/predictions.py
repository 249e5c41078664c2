"""Predictions with versions that trainings have made. No session is open while a child works."""

import asyncio
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from itertools import islice
from uuid import UUID

from src.core.database import Database
from src.core.errors import ConflictError, InvalidError
from src.files.local import local
from src.files.store import Store
from src.schemas.prediction import Feature, PredictionCreate, PredictionResponse, Row, Value
from src.services.trained_model import Artefact, TrainedModelService
from src.training.errors import LostPredictionError, NotInstalledError, PredictionMemoryError
from src.training.predictors import PREDICTIONS, SECONDS, Child, Json, Predictors

PACKAGES = ("skops", "sklearn")
SHOWN = 20
"""Most rows with errors in an answer, and errors of a row."""
OTHER_FEATURES = "The rows do not have the features of the model."


class Predictions:
    """The predictions of one owner."""

    def __init__(
        self, database: Database, store: Store, predictors: Predictors, owner_id: UUID
    ) -> None:
        self._database = database
        self._store = store
        self._predictors = predictors
        self._owner_id = owner_id

    async def predict(self, version_id: UUID, data: PredictionCreate) -> PredictionResponse:
        """Predict with a version. Raises a `DomainError` if that cannot be done, or not now."""
        async with self._database.reading() as session:
            models = TrainedModelService(session, self._owner_id)
            signature, artefact = await models.find(version_id)
        request = {
            "sha256": artefact.sha256,
            "model_type": signature.model_type,
            "types": [each.type for each in signature.features],
            "rows": in_order(signature.features, data.rows),
        }
        if not all(map(find_spec, PACKAGES)):
            raise NotInstalledError
        with PREDICTIONS.one(self._owner_id):
            try:
                async with asyncio.timeout(SECONDS), self._predictors.one(artefact.sha256) as child:
                    answer = await self._answer(child, artefact, request)
            except TimeoutError:
                raise LostPredictionError from None
        return PredictionResponse.model_construct(**_result(answer))

    async def _answer(self, child: Child, artefact: Artefact, request: Json) -> Json:
        answer = await child.ask(request)
        if "lacks" in answer:
            async with local(self._store, artefact.md5, artefact.size_bytes) as path:
                answer = await child.ask(request | {"path": str(path)})
            child.known.append(artefact.sha256)
        if answer.get("error", [""])[0] == "memory":
            raise PredictionMemoryError  # and end the child, whose memory may be in pieces
        return answer


def _result(answer: Json) -> Json:
    match answer:
        case {"error": ["artefact", reason]}:
            raise ConflictError(reason)
        case {"error": [_, reason]}:
            raise InvalidError(f"The model cannot predict this: {reason}")
    result: Json = answer["result"]
    return result


def in_order(features: Sequence[Feature], rows: Sequence[Row]) -> list[list[Value]]:
    """Return the values of the features. Raises `InvalidError` unless each row has just them."""
    errors: dict[str, list[str]] = {}
    for number, row in enumerate(rows):
        if messages := [*islice(_errors(features, row), SHOWN)]:
            errors[f"body.rows.{number}"] = messages
        if len(errors) == SHOWN:
            break
    if errors:
        raise InvalidError(OTHER_FEATURES, errors=errors)
    return [[row[each.name] for each in features] for row in rows]


def _errors(features: Sequence[Feature], row: Row) -> Iterator[str]:
    """Name what the model knows, and nothing that the client has sent."""
    missing = [each.name for each in features if each.name not in row]
    if missing:
        yield f"lacks {', '.join(missing[:SHOWN])}"
    if others := len(row) - len(features) + len(missing):
        yield f"has {others} names that are no feature"
    for each in features:
        if not _fits(row.get(each.name), each.type):
            yield f"{each.name} must be a {each.type}, or null"


def _fits(value: Value, kind: str) -> bool:
    return value is None or isinstance(value, str) == (kind == "text")
