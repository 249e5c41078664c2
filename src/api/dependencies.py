"""What handlers ask for, one name per thing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlmodel.ext.asyncio.session import AsyncSession

from src.api.access import SAFE_METHODS, authorize, get_access
from src.api.preconditions import get_if_match
from src.core.database import Database
from src.services.access import AccessService, Caller
from src.services.base import Versions
from src.services.deployment import DeploymentService
from src.services.experiment import ExperimentService
from src.services.lineage import LineageService
from src.services.ml_metric import MlMetricService
from src.services.ml_model import MlModelService
from src.services.model_alias import ModelAliasService
from src.services.model_version import ModelVersionService
from src.services.project import ProjectService
from src.services.token import TokenService
from src.services.user import UserService


async def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


DatabaseDep = Annotated[Database, Depends(get_database)]
AccessServiceDep = Annotated[AccessService, Depends(get_access)]
CallerDep = Annotated[Caller, Depends(authorize)]


async def get_db(request: Request) -> AsyncIterator[AsyncSession]:
    if shared := getattr(request.state, "session", None):  # of a request with an Idempotency-Key
        yield shared
        return
    database = await get_database(request)
    opening = database.reading if request.method in SAFE_METHODS else database.writing
    async with opening() as session:
        yield session


# Function scope ends the transaction before the response leaves: a client that holds a 201 can
# read the row, and a commit that fails is answered with an error. Without it, neither is true.
SessionDep = Annotated[AsyncSession, Depends(get_db, scope="function")]


def provide[Service](
    service: Callable[[AsyncSession], Service],
) -> Callable[[AsyncSession], Awaitable[Service]]:
    # FastAPI would run the class itself in a thread, since a class is not a coroutine function.
    async def provider(session: SessionDep) -> Service:
        return service(session)

    return provider


def provide_own[Service](
    service: Callable[[AsyncSession, UUID], Service],
) -> Callable[[Caller, AsyncSession], Awaitable[Service]]:
    """A service for what belongs to the caller."""

    async def provider(caller: CallerDep, session: SessionDep) -> Service:
        return service(session, caller.user_id)

    return provider


IfMatch = Annotated[Versions | None, Depends(get_if_match)]
TokenServiceDep = Annotated[TokenService, Depends(provide_own(TokenService))]
UserServiceDep = Annotated[UserService, Depends(provide(UserService))]
ProjectServiceDep = Annotated[ProjectService, Depends(provide_own(ProjectService))]
ExperimentServiceDep = Annotated[ExperimentService, Depends(provide_own(ExperimentService))]
MlMetricServiceDep = Annotated[MlMetricService, Depends(provide_own(MlMetricService))]
MlModelServiceDep = Annotated[MlModelService, Depends(provide_own(MlModelService))]
ModelVersionServiceDep = Annotated[ModelVersionService, Depends(provide_own(ModelVersionService))]
ModelAliasServiceDep = Annotated[ModelAliasService, Depends(provide_own(ModelAliasService))]
DeploymentServiceDep = Annotated[DeploymentService, Depends(provide_own(DeploymentService))]
LineageServiceDep = Annotated[LineageService, Depends(provide_own(LineageService))]
