"""Entity tags and the conditions that name them: RFC 9110, sections 8.8.3 and 13.1."""

import re
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated

from fastapi import Header, Request
from pydantic.json_schema import SkipJsonSchema
from starlette.exceptions import HTTPException

from src.api.service import get_service
from src.core.errors import PreconditionFailedError
from src.schemas.base import EntityResponse
from src.schemas.including import Including, included_in
from src.services.base import Versions

_TAG = r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")'
_LIST = re.compile(rf"[ \t,]*{_TAG}([ \t]*,[ \t,]*{_TAG})*[ \t,]*")
# The number fits the column: no row is changed a billion times.
_VERSION = re.compile(r'"([1-9][0-9]{0,8})(-[0-9a-f]{16})?"')


def etag_of(shown: EntityResponse) -> str:
    """Name the version of a row and, by a digest, what an answer shows that changes without a new
    one: rows that it includes, and references that are cleared with the row they lead to.
    """
    references = [str(each) for name in shown.cleared if (each := getattr(shown, name))]
    more = " ".join(references).encode() + (
        included_in(shown) if isinstance(shown, Including) else b""
    )
    digest = f"-{sha256(more).hexdigest()[:16]}" if more else ""
    return f'"{shown.version}{digest}"'


async def get_if_match(
    request: Request,
    if_match: Annotated[
        str | SkipJsonSchema[None],
        Header(
            description="`ETag` of the version that may be changed.",
            json_schema_extra={"pattern": r'^(\*|(W/)?"[!#-~]*"(, *(W/)?"[!#-~]*")*)?$'},
        ),
    ] = None,
) -> Versions | None:
    """Return the versions that the client allows to be changed; None for any."""
    is_change = request.method in {"PATCH", "DELETE"}
    if if_match is None and is_change and (await get_service(request)).settings.require_if_match:
        msg = "Send If-Match with the ETag of the version that you have read."
        raise HTTPException(HTTPStatus.PRECONDITION_REQUIRED, msg)
    tags = _tags(request, "If-Match")
    if tags is None:
        return None
    # Only the row itself is changed: what else its tag stands for does not matter.
    return frozenset(int(match[1]) for tag in tags if (match := _VERSION.fullmatch(tag)))


def refuse_other(request: Request, etag: str) -> None:
    """Raise `PreconditionFailedError` unless this is what If-Match names: for contents."""
    tags = _tags(request, "If-Match")
    if tags is not None and etag not in tags:
        raise PreconditionFailedError


def is_not_modified(request: Request, etag: str) -> bool:
    """Return whether the client already has what this tag names, by its If-None-Match."""
    if "If-None-Match" not in request.headers:
        return False
    tags = _tags(request, "If-None-Match")
    return tags is None or etag in tags


def _tags(request: Request, name: str) -> frozenset[str] | None:
    """Return the tags in a header, in their quotes; None for ``*`` or no header."""
    if name not in request.headers:
        return None
    header = ", ".join(request.headers.getlist(name)).strip()
    if header == "*":
        return None
    if header and not _LIST.fullmatch(header):
        msg = f'{name} must be * or a list of entity tags, such as "3".'
        raise HTTPException(HTTPStatus.BAD_REQUEST, msg)
    # A weak tag counts in If-Match, too, although RFC 9110 says that it must not: our tags name a
    # version exactly, and nginx weakens them where it compresses. No client could change anything.
    return frozenset(re.findall(_TAG, header))
