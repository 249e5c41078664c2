"""Entity tags and the conditions that name them: RFC 9110, sections 8.8.3 and 13.1."""

import re
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Header, Request
from pydantic.json_schema import SkipJsonSchema
from starlette.exceptions import HTTPException

from src.api.service import Service, get_service
from src.services.base import Versions

_TAG = r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"'
_LIST = re.compile(rf"[ \t,]*{_TAG}([ \t]*,[ \t,]*{_TAG})*[ \t,]*")
_VERSION = re.compile(r"[1-9][0-9]{0,8}")  # fits the column; no row is changed a billion times


def etag_of(version: int) -> str:
    return f'"{version}"'


async def get_if_match(
    request: Request,
    service: Annotated[Service, Depends(get_service)],
    if_match: Annotated[
        str | SkipJsonSchema[None],
        Header(
            description="`ETag` of the version that may be changed.",
            json_schema_extra={"pattern": r'^(\*|(W/)?"[!#-~]*"(, *(W/)?"[!#-~]*")*)?$'},
        ),
    ] = None,
) -> Versions | None:
    """Return the versions that the client allows to be changed; None for any."""
    if if_match is None and service.settings.require_if_match:
        msg = "Send If-Match with the ETag of the version that you have read."
        raise HTTPException(HTTPStatus.PRECONDITION_REQUIRED, msg)
    return _versions(request, "If-Match")


def is_not_modified(request: Request, version: int) -> bool:
    """Return whether the client already has this version, by its If-None-Match."""
    if "If-None-Match" not in request.headers:
        return False
    versions = _versions(request, "If-None-Match")
    return versions is None or version in versions


def _versions(request: Request, name: str) -> Versions | None:
    """Return the versions in a header; None for ``*`` or no header. Unknown tags are skipped."""
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
    return frozenset(int(tag) for _, tag in re.findall(_TAG, header) if _VERSION.fullmatch(tag))
