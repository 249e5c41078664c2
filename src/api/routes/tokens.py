from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from src.api.caller import CallerDep, provide_owned, require_login
from src.api.dependencies import IfMatch
from src.api.routing import ResourceRouter
from src.schemas.page import Page
from src.schemas.token import IssuedToken, TokenCreate, TokenQuery, TokenResponse, TokenUpdate
from src.services.token import TokenService

TokenServiceDep = Annotated[TokenService, Depends(provide_owned(TokenService))]

router = ResourceRouter("/tokens")


@router.get("")
async def list_tokens(
    tokens: TokenServiceDep, query: Annotated[TokenQuery, Query()]
) -> Page[TokenResponse]:
    return await tokens.find(query)


@router.post("", status_code=HTTPStatus.CREATED, dependencies=[Depends(require_login)])
async def create_token(
    tokens: TokenServiceDep, caller: CallerDep, data: TokenCreate
) -> IssuedToken:
    return await tokens.issue(data, held=caller.scopes)


@router.get("/{token_id}")
async def get_token(tokens: TokenServiceDep, token_id: UUID) -> TokenResponse:
    return await tokens.get(token_id)


@router.patch("/{token_id}")
async def update_token(
    tokens: TokenServiceDep, token_id: UUID, changes: TokenUpdate, if_match: IfMatch
) -> TokenResponse:
    return await tokens.update(token_id, changes, if_match)


@router.post("/{token_id}/revocation")
async def revoke_token(tokens: TokenServiceDep, token_id: UUID, if_match: IfMatch) -> TokenResponse:
    """Revoke the token, but keep it in the list."""
    return await tokens.revoke(token_id, if_match)


@router.delete("/{token_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_token(tokens: TokenServiceDep, token_id: UUID, if_match: IfMatch) -> None:
    """Revoke the token and remove it from the list."""
    await tokens.delete(token_id, if_match)
