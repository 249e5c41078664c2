"""Contents of files in answers: whole or a range of them, always as an attachment."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus
from urllib.parse import quote
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException
from starlette.types import Send

from src.api.preconditions import is_not_modified, refuse_other
from src.files.store import Store
from src.files.transfers import DOWNLOADS
from src.services.stored_file import Stored

SHOWN = {
    "application/gzip",
    "application/json",
    "application/vnd.apache.parquet",
    "application/x-ndjson",
    "application/zip",
    "image/jpeg",
    "image/png",
    "text/csv",
    "text/plain",
}
"""Media types that are told to clients; scripts and pages, for example, are not."""
_RANGE = re.compile(r"bytes=(\d{1,19})?-(\d{1,19})?", re.ASCII | re.IGNORECASE)


class _Content(StreamingResponse):
    """Streams a content that is opened before the answer begins."""

    def __init__(
        self,
        opened: AbstractAsyncContextManager[AsyncIterator[bytes]],
        owner_id: UUID,
        status: int,
        headers: dict[str, str],
    ) -> None:
        super().__init__((), status, headers)
        self._opened = opened
        self._owner_id = owner_id

    async def stream_response(self, send: Send) -> None:
        with DOWNLOADS.one(self._owner_id):
            async with self._opened as self.body_iterator:
                await super().stream_response(send)


def answer_with(request: Request, store: Store, stored: Stored, owner_id: UUID) -> Response:
    """Answer a GET of the content, with 206 for a range of it and 304 if the client has it."""
    headers, size = _headers(stored), stored.size_bytes
    tag = headers["ETag"]
    refuse_other(request, tag)
    if is_not_modified(request, tag):
        return Response(None, HTTPStatus.NOT_MODIFIED, headers)
    start, end, status = 0, size, HTTPStatus.OK
    if {*request.headers.getlist("if-range")} <= {tag}:
        found = _range(", ".join(request.headers.getlist("range")), size)
        if found is not None:
            (start, end), status = found, HTTPStatus.PARTIAL_CONTENT
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    return _Content(store.read(stored.md5, start, end), owner_id, status, headers)


def _headers(stored: Stored) -> dict[str, str]:
    file = stored.file
    return {
        "ETag": f'"{stored.sha256}"',
        "Accept-Ranges": "bytes",
        "Content-Type": file.media_type if file.media_type in SHOWN else "application/octet-stream",
        "Content-Disposition": attachment(file.name),
    }


def attachment(name: str) -> str:
    """Return Content-Disposition with a name in ASCII, and the real one as RFC 8187 writes it."""
    plain = re.sub(r"[^ !#-\[\]-~]", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _range(header: str, size: int) -> tuple[int, int] | None:
    """Return one range, as RFC 9110 counts it; None for none, for several and for nonsense."""
    found = _RANGE.fullmatch(header)
    if found is None or found[0].endswith("=-"):
        return None
    first, last = (int(each) if each else None for each in found.groups())
    if first is None:
        start, end = max(size - (last or 0), 0), size
    else:
        start, end = first, size if last is None else min(last + 1, size)
        if last is not None and last < first:
            return None
    if start >= size:
        msg = "The range begins behind the end of the content."
        headers = {"Content-Range": f"bytes */{size}"}
        raise HTTPException(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, msg, headers)
    return start, end


def dvc_pointer(stored: Stored) -> Response:
    """Answer with a `.dvc` file."""
    name = json.dumps(stored.file.name, ensure_ascii=False)  # which is YAML, too
    size = f"  size: {stored.size_bytes}"
    lines = [f"- md5: {stored.md5}", size, "  hash: md5", f"  path: {name}"]
    text = "\n".join(["outs:", *lines, ""])
    headers = {"Content-Disposition": attachment(f"{stored.file.name}.dvc")}
    return Response(text, HTTPStatus.OK, headers, "application/yaml")
