"""Models as files, by skops: no code is in them. Only child processes import this."""

import errno
from pathlib import Path
from zipfile import ZIP_DEFLATED

import skops.io
from sklearn.pipeline import Pipeline

from src.jobs.errors import JobError
from src.schemas.training import ModelType
from src.training.models import MODELS

FOREIGN = "The artefact holds what no model of its type has."
_OF_STEPS = {"numpy.dtype"}
"""In an encoder."""
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def write_model(pipeline: Pipeline, path: Path, model_type: ModelType) -> None:
    """Write a model that `read_model` will read. Raises `JobError` if the disk is full."""
    try:
        skops.io.dump(pipeline, path, compression=ZIP_DEFLATED)
    except OSError as error:
        if error.errno in _FULL:
            raise JobError("disk", "The disk has no room for the model.") from None
        raise
    _check(path.read_bytes(), model_type)


def read_model(content: bytes, model_type: ModelType) -> Pipeline:
    """Return a model. Raises `JobError` if there is anything in it that its type does not have."""
    return skops.io.loads(content, trusted=[*_check(content, model_type)])


def _check(content: bytes, model_type: ModelType) -> set[str]:
    """Return the types in a model that skops does not trust by itself, if we do."""
    found = {*skops.io.get_untrusted_types(data=content)}
    if not found <= {*MODELS[model_type].trusted, *_OF_STEPS}:
        raise JobError("artefact", FOREIGN)
    return found
