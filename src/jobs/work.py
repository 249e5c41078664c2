"""What the code of a kind is given."""

from contextlib import suppress
from functools import cached_property
from math import isfinite
from uuid import UUID

from pydantic import BaseModel, ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.database import Database
from src.core.settings import Settings, part_of
from src.jobs.errors import JobError
from src.models.storable import storable
from src.schemas.job import Json, Kind
from src.services.job_leases import JobLeases, Lease, LeaseLostError, Progress
from src.services.job_statements import HOLD


class Work[Payload: BaseModel]:
    """One attempt at a job."""

    def __init__(
        self, kind: Kind[Payload], lease: Lease, database: Database, settings: Settings
    ) -> None:
        self._kind = kind
        self.lease = lease
        self.database, self.settings = database, settings
        self.latest: Progress | None = None
        """The progress that is not written yet."""
        self.is_done = False
        """Whether `succeed` has written the end."""

    @cached_property
    def payload(self) -> Payload:
        """What the job is given. Raises `JobError` if this release cannot read it."""
        try:
            return self._kind.read(self.lease.payload, self.lease.payload_version)
        except ValidationError as error:
            msg = f"What the job is given does not fit: {error.error_count()} errors."
            raise JobError("unreadable", msg) from error

    @property
    def owner_id(self) -> UUID:
        assert self.lease.owner_id is not None  # noqa: S101  # a kind of nobody's does not ask
        return self.lease.owner_id

    def settings_of[S: Settings](self, kind: type[S]) -> S:
        """Return the settings as an instance of a capability's class."""
        return part_of(self.settings, kind)

    def progress(
        self, done: float | None = None, total: float | None = None, message: str | None = None
    ) -> None:
        """Tell how far the job is. The worker writes the latest word, twice a second at most."""
        self.latest = Progress(finite(done), finite(total), message and words(message, 500))

    def told(self, progress: Progress) -> None:
        """Note that this progress is written."""
        if self.latest is progress:
            self.latest = None

    async def hold(self, session: AsyncSession) -> None:
        """Let nobody change the job until the transaction ends. Raises `LeaseLostError`.

        What else a transaction changes comes after, as when a job is cancelled: two transactions
        that lock the same rows in different orders would wait for each other.
        """
        if not await HOLD.rows(session, job_id=self.lease.id, held=self.lease.number):
            raise LeaseLostError

    async def succeed(self, session: AsyncSession, result: BaseModel | None = None) -> None:
        """End the job in the session's transaction, with all else that is written there.

        Raises `LeaseLostError` if the job is another worker's by now, or is to be cancelled: let it
        pass, so that nothing is committed.
        """
        leases = JobLeases(session)
        if self.latest is not None:
            await leases.progress(self.lease, self.latest)
        await leases.succeed(self.lease, as_json(result))
        self.is_done = True


def words(text: str, most: int) -> str:
    """Return what every database can store of a text."""
    return text.encode(errors="replace").decode().replace("\x00", "")[:most]


def finite(number: float | None) -> float | None:
    """Return what every database can store of a number: code that computes has its own kinds."""
    if number is None:
        return None
    with suppress(OverflowError):  # of a whole number with hundreds of digits
        if isfinite(found := float(number)):
            return int(found) if found.is_integer() else found
    return None


def as_json(result: BaseModel | None) -> Json:
    """Return a result as it is stored. Raises `JobError` if no database can."""
    found: Json = result.model_dump(mode="json") if result is not None else {}
    try:
        return storable(found)
    except ValueError as error:
        msg = f"The result {error}."
        raise JobError("result", msg) from None
