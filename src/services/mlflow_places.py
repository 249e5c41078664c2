"""Where artefacts are: paths below a run or a logged model."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlparse, urlunparse
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import InvalidError, NotFoundError
from src.models.experiment import Experiment
from src.models.mlflow_logged import MlflowLoggedModel
from src.services.mlflow_errors import NoLoggedModelError, NoRunError
from src.services.mlflow_ids import SCHEME, model_uri, run_uri

PATH = 500
"""Most characters of an artefact's path."""
NO_PLACE = "Artefacts are at EXPERIMENT/RUN/artifacts/... and EXPERIMENT/models/MODEL/artifacts/..."
DECODINGS = 10
WRONG_PATH = f"A path has at most {PATH} characters but no #, and no part of it is empty, . or .. ."

CONTROLS = {code: f"%{code:02x}" for code in (*range(32), 127)}
"""Signs that MLflow's client and server write so: names of `log_image` had them, as in ``%1700``."""

_ID = "[0-9a-f]{32}"
_PLACE = re.compile(
    rf"{_ID}/((?P<run>{_ID})|models/m-(?P<model>{_ID}))/artifacts(/(?P<path>.*))?", re.DOTALL
)


@dataclass(frozen=True)
class Place:
    path: str
    """Empty for the folder of all artefacts."""
    run_id: UUID | None = None
    model_id: UUID | None = None

    @property
    def below(self) -> str:
        """Return the beginning of all paths in this folder."""
        return f"{self.path}/" if self.path else ""

    @property
    def folders(self) -> list[str]:
        """Return the paths of the folders around this path."""
        parts = self.path.split("/")
        return ["/".join(parts[:count]) for count in range(1, len(parts))]


def place_at(address: str) -> Place:
    """Return the place that an address names, such as ``EXPERIMENT/RUN/artifacts/model``."""
    found = _PLACE.fullmatch(address.strip("/"))
    if found is None:
        raise NotFoundError(NO_PLACE)
    path = safe(found["path"] or "")
    if found["run"]:
        return Place(path, run_id=UUID(hex=found["run"]))
    return Place(path, model_id=UUID(hex=found["model"]))


def place_of(uri: str) -> Place | None:
    """Return the place that an artefact's URI names, if it is one of ours."""
    return place_at(uri.removeprefix(SCHEME).lstrip("/")) if uri.startswith(SCHEME) else None


def safe(path: str) -> str:
    """Return a path as MLflow's client lists it. Raises an `InvalidError` if it can list none."""
    path = _decoded(path).translate(CONTROLS).strip("/")
    is_wrong = any(part in {"", ".", ".."} for part in path.split("/")) and path != ""
    if is_wrong or "#" in path or len(path) > PATH or not path.isprintable():
        raise InvalidError(WRONG_PATH)
    return path


def _decoded(path: str) -> str:
    """Return what is left of a path that MLflow's client and server decode until nothing changes."""
    for _ in range(DECODINGS):
        before = path
        try:
            path = urlunparse(urlparse(unquote(before)))
        except ValueError:
            break
        if path == before:
            return path
    raise InvalidError(WRONG_PATH)


async def check_place(session: AsyncSession, owner_id: UUID, place: Place) -> UUID:
    """Return the project of a place. Raises a `NotFoundError` unless it is there and the owner's."""
    holder = Experiment if place.run_id else MlflowLoggedModel
    rows = select(col(holder.project_id)).where(
        col(holder.id) == (place.run_id or place.model_id), col(holder.owner_id) == owner_id
    )
    found = (await (await session.connection()).execute(rows)).one_or_none()
    if found is None:
        raise NoRunError if place.run_id else NoLoggedModelError
    return found[0]


def root_of(project_id: UUID, place: Place) -> str:
    """Return the URI of the folder of all artefacts."""
    if place.run_id:
        return run_uri(project_id, place.run_id)
    return model_uri(project_id, place.model_id) if place.model_id else ""
