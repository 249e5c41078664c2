"""The child process that predicts: ``python -m src.training.predicting BYTES PARENT``.

It answers one line of JSON with another until its parent ends, and keeps the latest models.
"""

import json
import sys
from collections import OrderedDict
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from src.jobs.child_main import go_on_guarded, limit_memory, own_answers
from src.jobs.errors import JobError
from src.training.artefacts import read_model
from src.training.bounds import MODELS
from src.training.steps import Matrix

type Json = dict[str, Any]


class Predictor:
    def __init__(self) -> None:
        self._models: OrderedDict[str, Pipeline] = OrderedDict()

    def answer(self, request: Json) -> Json:
        """Predict, or ask for the path of a model that is not here. Raises `JobError`."""
        checksum = request["sha256"]
        if checksum not in self._models:
            if "path" not in request:
                return {"lacks": checksum}
            self._models[checksum] = _read(request)
            if len(self._models) > MODELS:
                self._models.popitem(last=False)
        self._models.move_to_end(checksum)
        return {"result": _predicted(self._models[checksum], request)}


def _read(request: Json) -> Pipeline:
    """Read a model from the bytes whose checksum was compared, not from a file that may change."""
    content = Path(request["path"]).read_bytes()
    if sha256(content).hexdigest() != request["sha256"]:
        raise JobError("artefact", "The artefact is not the one that the version was made with.")
    return read_model(content, request["model_type"])


def _predicted(model: Pipeline, request: Json) -> Json:
    rows = _matrix(request["rows"], request["types"])
    try:
        predictions = _told(model.predict(rows))
        if not hasattr(model, "classes_"):
            return {"predictions": predictions, "classes": None, "probabilities": None}
        chances = _told(model.predict_proba(rows))
    except ValueError as error:
        raise JobError("values", str(error).partition("\n")[0]) from None
    classes = model.classes_.tolist()
    return {"predictions": predictions, "classes": classes, "probabilities": chances}


def _told(found: np.ndarray) -> list[Any]:
    if found.dtype.kind == "f" and not np.isfinite(found).all():
        raise JobError(
            "values", "What it predicts is not finite: values of the rows are too large."
        )
    told: list[Any] = found.tolist()
    return told


def _matrix(rows: list[list[object]], types: list[str]) -> Matrix:
    matrix: Matrix = np.array(rows, object).reshape(len(rows), len(types))
    for place, kind in enumerate(types):
        if kind == "number":
            matrix[:, place] = matrix[:, place].astype(np.float64)  # None becomes NaN
    return matrix if "text" in types else matrix.astype(np.float64)


def main(memory_bytes: str, parent: str) -> None:
    go_on_guarded(int(parent))
    limit_memory(int(memory_bytes))
    answers, predictor = own_answers(), Predictor()
    for line in sys.stdin:
        try:
            answer = predictor.answer(json.loads(line))
        except JobError as error:
            answer = {"error": [error.code, error.reason]}
        except MemoryError:
            answer = {"error": ["memory", ""]}
        print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
