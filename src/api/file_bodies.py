"""Contents of files in requests."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

from fastapi import Request
from starlette.exceptions import HTTPException

from src.api.limits import postpone

NO_LENGTH = "Send the size of the content in Content-Length, and not in chunks."
KEEPING_SECONDS = 150
"""Time after the last byte in which the content has to be synced or, in S3, copied."""


def length_of(request: Request) -> int:
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise HTTPException(HTTPStatus.LENGTH_REQUIRED, NO_LENGTH)
    return int(length[:19])  # more digits are too many


async def body_of(request: Request) -> AsyncIterator[bytes]:
    async for part in request.stream():
        yield part
    postpone(request.scope, KEEPING_SECONDS)


def _body(media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return what the OpenAPI document says about a body that we read ourselves."""
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema}}}}


BYTES = {"type": "string", "format": "binary"}
CONTENT = _body("application/octet-stream", BYTES)
FORM = _body(
    "multipart/form-data",
    {
        "title": "FileForm",
        "type": "object",
        "properties": {"file": BYTES},
        "required": ["file"],
        "additionalProperties": False,
    },
)
