"""Every version of every kind of document leads to the newest."""

from typing import Any

import pytest

from src.models.document import BODIES
from src.services.document_upgrades import STEPS, upgraded
from tests.integration.test_documents import CONFIG, DVC, MLFLOW, SESSION

NEWEST = {body["kind"]: body for body in (SESSION, MLFLOW, DVC, CONFIG)}
OLDER: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {
            "kind": "model_session",
            "schema_version": 1,
            "status": "active",
            "hyperparameters": {"units": 64},
            "packages": {},
            "checkpoints": ["s3://models/digits/1", "s3://models/digits/2"],
        },
        {
            "kind": "model_session",
            "schema_version": 2,
            "status": "active",
            "hyperparameters": {"units": 64},
            "packages": {},
            "checkpoints": [{"uri": "s3://models/digits/1"}, {"uri": "s3://models/digits/2"}],
        },
    )
]
"""A body of each version before the newest, and what it has become."""


@pytest.mark.parametrize(("old", "new"), OLDER)
def test_older_body_becomes_one_of_the_newest_version(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    before = repr(old)

    assert upgraded(old) == new
    assert BODIES[new["kind"]].model_validate(new).model_dump(mode="json") == new
    assert repr(old) == before


@pytest.mark.parametrize("kind", BODIES)
def test_every_older_version_has_a_step(kind: str) -> None:
    newest = NEWEST[kind]["schema_version"]

    assert len(STEPS.get(kind, ())) == newest - 1
    assert [old["schema_version"] for old, _ in OLDER if old["kind"] == kind] == [*range(1, newest)]
    assert upgraded(NEWEST[kind]) == NEWEST[kind]
    assert BODIES[kind].model_validate(NEWEST[kind]).model_dump(mode="json") == NEWEST[kind]


def test_body_that_is_newer_than_the_service_stays_as_it_is() -> None:
    newer = SESSION | {"schema_version": 3}

    assert upgraded(newer) == newer
