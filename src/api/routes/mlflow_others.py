"""Calls about MLflow's server itself, and calls that are not supported."""

from src.api.mlflow_routing import mlflow_router
from src.schemas.mlflow_base import ServerInfo
from src.services.mlflow_errors import UnsupportedError

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
REFUSED = (
    "traces",
    "unified-traces",
    "get-online-trace-details",
    "workspaces",
    "datasets",
    "gateway",
    "issues",
    "label-schemas",
    "mcp-servers",
    "prompt-optimization",
    "review-queues",
    "roles",
    "scorers",
    "users",
    "webhooks",
    "artifacts/presigned-upload-url",
    "artifacts/presigned-download-url",
    "runs/log-model",
)
"""The beginnings of the paths of calls that have no meaning here."""

router = mlflow_router("/api")


@router.get("/3.0/mlflow/server-info")
async def get_server_info() -> ServerInfo:
    return ServerInfo()


@router.api_route("/{version}/mlflow/{call:path}", methods=METHODS)
@router.api_route("/{version}/mlflow-artifacts/{call:path}", methods=METHODS)
async def refuse_call(version: str, call: str) -> ServerInfo:
    names = [each for each in REFUSED if call == each or call.startswith(f"{each}/")]
    msg = f"This service does not support calls of {names[0] if names else 'this name'}."
    raise UnsupportedError(msg)
