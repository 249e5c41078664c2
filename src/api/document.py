"""The OpenAPI document, completed for those who generate clients from it."""

from typing import Any

from fastapi import FastAPI

from src.api.problems import MEDIA_TYPE, Problem

PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "Problem",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


def define_problem(app: FastAPI) -> None:
    """Let the document define `Problem` once. FastAPI would do so only for answers in plain JSON.

    Every operation refers to it; written out in each, it would become a class for each in clients.
    """
    written = app.openapi

    def completed() -> dict[str, Any]:
        document = written()
        document["components"]["schemas"][Problem.__name__] = Problem.model_json_schema()
        return document

    app.openapi = completed  # type: ignore[method-assign]  # as FastAPI's documentation does it
