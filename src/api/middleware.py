from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.api.problems import CLOSE, ProblemResponse

TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class BodyLimit:
    """Refuse a body of more than ``limit`` bytes with 413, whether or not it announces its size.

    FastAPI's own ``max_body_size`` answers in plain text.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        detail = f"The body may have at most {self.limit} bytes."
        if int(Headers(scope=scope).get("content-length", 0)) > self.limit:
            await ProblemResponse(TOO_LARGE, detail, CLOSE)(scope, receive, send)
            return

        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.limit:
                raise HTTPException(TOO_LARGE, detail, CLOSE)
            return message

        await self.app(scope, receive_counted, send)
