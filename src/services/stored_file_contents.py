"""The rows of contents, which keep an upload and a purge of the same bytes apart.

An upload claims its content before the bytes come to their address; a purge deletes the row before
it deletes the bytes, in one transaction. The one therefore waits for the other, and no file refers
to bytes that are gone.

A storage does not tell bytes that it has deleted from those that it never had. So the purge first
looks whether the storage has any content of ours, and commits that it begins to delete one: should
it end in between, that content alone proves nothing about the storage.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import BindParameter, bindparam, delete, exists, select, update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.database import Database
from src.core.errors import ConflictError
from src.core.queries import Query
from src.core.upsert import upsert
from src.files.digests import BLOCK_BYTES, Block, Digest, Digests
from src.files.store import Store, new_part
from src.files.threads import in_thread, opened
from src.models.base import utc_now
from src.models.stored_file import Content, StoredFile

COLLISION = "Another content with this MD5 is stored: its address is taken."

BEGUN = datetime(2000, 1, 1, tzinfo=UTC)
"""`claimed_at` of a content whose deletion has begun: its bytes may be gone."""
SAMPLE = 20

_values: dict[str, BindParameter[object]] = {
    name: bindparam(name) for name in ("md5", "sha256", "claimed_at")
}
_CLAIM = Query(
    upsert(Content)
    .values(_values)
    .on_conflict_do_update(index_elements=["md5"], set_={"claimed_at": bindparam("claimed_at")})
    .returning(col(Content.sha256))
)
_unused = (
    select(col(Content.md5))
    .where(
        col(Content.claimed_at) < bindparam("before"),
        ~exists().where(col(StoredFile.md5) == col(Content.md5)),
    )
    .limit(1)
    .with_for_update(skip_locked=True)
    .cte("unused")  # PostgreSQL may run a subquery more than once, each time with another row
)
_BEGIN = Query(
    update(Content)
    .where(col(Content.md5).in_(select(_unused.c.md5)))
    .values(claimed_at=BEGUN)
    .returning(col(Content.md5))
)
_DELETE_UNUSED = Query(
    delete(Content).where(col(Content.md5).in_(select(_unused.c.md5))).returning(col(Content.md5))
)
_STORED = Query(
    select(col(StoredFile.md5))
    .where(col(StoredFile.md5).is_not(None))
    .order_by(col(StoredFile.id).desc())
    .limit(SAMPLE)
)
_CLAIMED = Query(select(col(Content.md5)).where(col(Content.claimed_at) > BEGUN).limit(SAMPLE))


async def claim(session: AsyncSession, digest: Digest) -> None:
    """Let no purge delete a content. Raises `ConflictError` if another one has the same MD5."""
    values = {"md5": digest.md5, "sha256": digest.sha256, "claimed_at": utc_now()}
    if (await _CLAIM.rows(session, **values))[0][0] != digest.sha256:
        raise ConflictError(COLLISION)


async def keep_content(database: Database, store: Store, path: Path) -> Digest:
    """Store a file of this machine, for a row that refers to it soon. Raises `FullError`."""
    digests, size = Digests(), path.stat().st_size
    async with new_part(store) as part:
        await store.write(part, digests.of(_blocks_of(path)), size)
        digest = digests.result()
        async with database.writing() as session:
            await claim(session, digest)
        await store.keep(part, digest.md5)
    return digest


async def _blocks_of(path: Path) -> AsyncIterator[Block]:
    async with opened(lambda: path.open("rb")) as file:
        while part := await in_thread(file.read, BLOCK_BYTES):
            yield [part]


async def is_ours(database: Database, store: Store) -> bool:
    """Return whether a storage has one of our contents, if there is any that it should have."""
    async with database.reading(current=True) as session:
        rows = await _STORED.rows(session) or await _CLAIMED.rows(session)
    return not rows or any([await store.has(md5) for (md5,) in rows])


async def begin_to_delete(session: AsyncSession, before: datetime) -> bool:
    """Mark a content that no file refers to, and nobody has claimed since; or return False."""
    return bool(await _BEGIN.rows(session, before=before))


async def delete_begun(session: AsyncSession, store: Store) -> bool:
    """Delete a marked content, unless somebody has claimed it."""
    rows = await _DELETE_UNUSED.rows(session, before=BEGUN + timedelta(seconds=1))
    for (md5,) in rows:
        await store.delete(md5)
    return bool(rows)
