"""POST with an Idempotency-Key: done once, answered as often as it is asked.

The header is an IETF draft, not yet a standard:
https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import re
from collections.abc import Awaitable, Callable
from hashlib import sha256

from fastapi import Request, Response

from src.api.access import TOKEN, authorize
from src.core.database import Database
from src.core.errors import InvalidError
from src.services.idempotency import IdempotencyService

HEADER = "Idempotency-Key"
REPLAYED = {"Idempotent-Replayed": "true"}
KEPT_HEADERS = {"content-type", "etag", "location"}
_KEY = re.compile(r"[\x20-\x7e]{1,255}")


async def answer_once(
    request: Request, handle: Callable[[Request], Awaitable[Response]]
) -> Response:
    """Claim the key, handle the request and store its answer, all in one transaction.

    An error stores nothing: whoever repeats the request has it done anew.
    """
    await authorize(request, await TOKEN(request))  # who may not ask is not told what was answered
    digest, fingerprint = _digest_of(request), sha256(await request.body()).hexdigest()
    database: Database = request.app.state.database
    async with database.writing() as session:
        request.state.session = session
        answers = IdempotencyService(session)
        if given := await answers.claim(digest, fingerprint):
            return Response(given.body, given.status, given.headers | REPLAYED)
        response = await handle(request)
        headers = {name: response.headers[name] for name in KEPT_HEADERS & {*response.headers}}
        await answers.store(digest, response.status_code, headers, bytes(response.body))
        return response


def _digest_of(request: Request) -> str:
    """A key is valid for one caller and one address. None of the three is stored in clear."""
    key = request.headers[HEADER]
    if not _KEY.fullmatch(key):
        msg = f"{HEADER} must be 1 to 255 printable ASCII characters."
        raise InvalidError(msg)
    caller = request.headers.get("Authorization", "")
    query = request.scope["query_string"].decode("latin-1")
    parts = [caller, request.method, request.scope["path"], query, key]
    return sha256("\n".join(parts).encode()).hexdigest()
