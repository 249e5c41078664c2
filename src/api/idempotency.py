"""POSTs that run once per Idempotency-Key; a retry gets the same answer.

The header is an IETF draft, not yet a standard:
https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Request, Response

from src.api.dependencies import SessionDep
from src.api.paths import path_of
from src.api.service import get_service
from src.core.errors import InvalidError
from src.core.observer import Observer
from src.services.idempotency import IdempotencyService

HEADER = "Idempotency-Key"
LENGTH = 255
PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": "^[ -~]+$", "minLength": 1, "maxLength": LENGTH},
    "description": "A request with the same key and body runs once; a retry gets the same answer.",
}
REPLAYED = {"Idempotent-Replayed": "true"}
KEPT_HEADERS = {"content-type", "etag", "location"}
_KEY = re.compile(rf"[\x20-\x7e]{{1,{LENGTH}}}")


@dataclass(frozen=True)
class Once:
    """A key and the transaction of its request."""

    digest: str
    fingerprint: str
    answers: IdempotencyService
    observers: Sequence[Observer] = ()

    async def answer(self, handle: Callable[[], Awaitable[Response]]) -> Response:
        """Claim the key, handle the request and store its answer, all in one transaction.

        An error stores nothing, so that a retry is handled again.
        """
        if given := await self.answers.claim(self.digest, self.fingerprint):
            for observer in self.observers:
                observer.replayed()
            return Response(given.body, given.status, given.headers | REPLAYED)
        response = await handle()
        headers = {name: response.headers[name] for name in KEPT_HEADERS & {*response.headers}}
        body = bytes(response.body)
        await self.answers.store(self.digest, response.status_code, headers, body)
        return response


async def get_once(request: Request, session: SessionDep) -> Once | None:
    """Return None without the header. Guards run first: a stored answer is only for its caller."""
    if HEADER not in request.headers:
        return None
    service = await get_service(request)
    digest = _digest_of(request, await service.identify(request))
    fingerprint = sha256(await request.body()).hexdigest()
    return Once(digest, fingerprint, IdempotencyService(session), service.observers)


OnceDep = Annotated[Once | None, Depends(get_once)]


def _digest_of(request: Request, caller: str) -> str:
    """Hash the key, its caller and its URL, so that none of them is stored in clear text."""
    key = request.headers[HEADER]
    if not _KEY.fullmatch(key):
        msg = f"{HEADER} must be 1 to {LENGTH} printable ASCII characters."
        raise InvalidError(msg)
    query = request.scope["query_string"].decode("latin-1")
    parts = [caller, request.method, path_of(request.scope), query, key]
    return sha256("\n".join(parts).encode()).hexdigest()
