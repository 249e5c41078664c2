"""Who may read /metrics: the holder of a token that belongs to no user."""

import logging
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from secrets import compare_digest
from typing import Annotated

from fastapi import Request
from fastapi.security.utils import get_authorization_scheme_param
from pydantic import AfterValidator, SecretStr
from starlette.exceptions import HTTPException

from src.api.dependencies import ServiceDep
from src.api.service import Service
from src.core.errors import UnauthenticatedError
from src.core.settings import Settings

LENGTH = 32

logger = logging.getLogger(__name__)


def _sendable(token: SecretStr) -> SecretStr:
    if not re.fullmatch("[!-~]{1,1000}", token.get_secret_value()):
        msg = (
            "write up to 1,000 printable ASCII characters without spaces, such as openssl rand "
            "-hex 32 prints"
        )
        raise ValueError(msg)
    return token


class MetricsTokenSettings(Settings):
    metrics_token: Annotated[SecretStr, AfterValidator(_sendable)] | None = None
    """The bearer token of Prometheus. Without it, `/metrics` is served in development only."""

    def hazards(self) -> Iterator[str]:
        yield from super().hazards()
        if self.in_production and self.metrics_token and len(self.metrics_token) < LENGTH:
            yield f"METRICS_TOKEN can be guessed: it needs at least {LENGTH} characters"


async def authorize(request: Request, service: ServiceDep) -> None:
    """Check the token. No user's token counts: the metrics are about all users, and they are needed
    most while the database, which knows those tokens, does not answer.
    """
    settings = service.settings_of(MetricsTokenSettings)
    if settings.metrics_token is None:
        if settings.in_production:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return
    expected = settings.metrics_token.get_secret_value()
    scheme, sent = get_authorization_scheme_param(request.headers.get("Authorization"))
    if scheme.lower() != "bearer" or not compare_digest(sent.encode(), expected.encode()):
        msg = "Send METRICS_TOKEN: Authorization: Bearer ..."
        raise UnauthenticatedError(msg)


@asynccontextmanager
async def warn_if_unset(service: Service) -> AsyncIterator[None]:
    settings = service.settings_of(MetricsTokenSettings)
    if settings.in_production and settings.metrics_token is None:
        logger.warning("METRICS_TOKEN is not set: production does not serve /metrics.")
    yield
