from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from src.core.metrics import rendered

router = APIRouter(prefix="/metrics", include_in_schema=False)


@router.get("")
def show_metrics() -> Response:  # not asynchronous, since with several workers it reads files
    return Response(rendered(), media_type=CONTENT_TYPE_LATEST)
