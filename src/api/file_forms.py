"""A file in a form, whose bytes are passed on as they come."""

from collections import deque
from collections.abc import AsyncIterator
from http import HTTPStatus

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.exceptions import HTTPException

from src.schemas.stored_file import StoredFileCreate

NO_FORM = "The body must be a form with one file: Content-Type: multipart/form-data; boundary=..."


class FileForm:
    """Reads a form of one part, the file."""

    def __init__(self, content_type: str, body: AsyncIterator[bytes]) -> None:
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, NO_FORM)
        self._body = body
        self._parts = 0
        self._is_complete = False
        self._header = b"", b""
        self._headers: dict[bytes, bytes] = {}
        self._has_headers = False
        self._blocks = deque[bytes]()
        try:
            self._parser = self._parser_for(options[b"boundary"])
        except FormParserError:  # the boundary is too long
            raise HTTPException(HTTPStatus.BAD_REQUEST, NO_FORM) from None

    def _parser_for(self, boundary: bytes) -> MultipartParser:
        return MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_field": self._add_to_name,
                "on_header_value": self._add_to_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": self._add_block,
                "on_end": self._end,
            },
        )

    async def file(self) -> StoredFileCreate:
        """Read up to the bytes of the file, and return what the form says about it."""
        while not self._has_headers:
            await self._read_on()
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        given = {"name": options.get(b"filename", b"")}
        if kind := parse_options_header(self._headers.get(b"content-type", b""))[0]:
            given["media_type"] = kind
        try:
            return StoredFileCreate.model_validate(given)
        except ValidationError as error:
            errors = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
            raise RequestValidationError(errors) from None

    async def blocks(self) -> AsyncIterator[bytes]:
        """Yield the bytes of the file."""
        while not self._is_complete:
            while self._blocks:
                yield self._blocks.popleft()
            await self._read_on()
        while self._blocks:
            yield self._blocks.popleft()
        async for _ in self._body:  # what follows a form counts for nothing
            pass

    async def _read_on(self) -> None:
        try:
            part = await anext(self._body, None)
            if part is None:
                raise FormParserError
            self._parser.write(part)
        except FormParserError:
            raise HTTPException(HTTPStatus.BAD_REQUEST, NO_FORM) from None

    def _begin_part(self) -> None:
        self._parts += 1
        if self._parts > 1:
            raise FormParserError

    def _add_to_name(self, data: bytes, start: int, end: int) -> None:
        name, value = self._header
        self._header = name + data[start:end], value

    def _add_to_value(self, data: bytes, start: int, end: int) -> None:
        name, value = self._header
        self._header = name, value + data[start:end]

    def _end_header(self) -> None:
        name, value = self._header
        self._headers[name.lower()] = value
        self._header = b"", b""

    def _end_headers(self) -> None:
        self._has_headers = True

    def _add_block(self, data: bytes, start: int, end: int) -> None:
        self._blocks.append(data[start:end])

    def _end(self) -> None:
        self._is_complete = True
