from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from starlette.exceptions import HTTPException

from src.api.bodies import BodyRoute
from src.api.caller import AccessServiceDep, AddressDep
from src.api.parameters import refuse_repeated
from src.api.routing import NO_STORE
from src.schemas.access import Login, LoginForm

FORM = "application/x-www-form-urlencoded"
FORM_BYTES = 8_192
FORM_FIELDS = 20
NO_FORM = f"The body must be a form, with the header Content-Type: {FORM}."


class FormRoute(BodyRoute):
    """Takes forms of one type only. In multipart the client would choose the encoding, and some
    of Python's decoders take seconds.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_form(request: Request) -> Response:
            media_type = request.headers.get("content-type", "").partition(";")[0]
            if media_type.strip().lower() != FORM:
                raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, NO_FORM)
            return await handle(request)

        return handle_form


async def refuse_repeated_fields(request: Request) -> None:
    """RFC 6749, section 3.2: no parameter may stand twice."""
    form = await request.form()
    given = [name for name, _ in form.multi_items()]
    refuse_repeated("body", given, LoginForm.model_fields)


router = APIRouter(prefix="/login", tags=["access"], route_class=FormRoute)


@router.post(
    "",
    max_body_size=FORM_BYTES,
    form_limits={"max_fields": FORM_FIELDS},
    dependencies=[Depends(refuse_repeated_fields)],
)
async def log_in(
    access: AccessServiceDep,
    address: AddressDep,
    form: Annotated[LoginForm, Form()],
    response: Response,
) -> Login:
    """Open a session that lasts some hours."""
    response.headers.update(NO_STORE)
    return await access.log_in(form, address)
