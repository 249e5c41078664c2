"""Streams become rows, each record once, and what cannot be written is kept with a reason."""

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.database import Database
from src.core.errors import AwayError, BusyError, DomainError, ForbiddenError, UnauthenticatedError
from src.ingestion import guard, patience
from src.ingestion.files import BLOCK, SHARED, SHORTER, FileSource
from src.ingestion.patience import Patience, StoppedError
from src.ingestion.positions import FencedError
from src.ingestion.records import BATCH, RECORD_BYTES, Record, reason_of
from src.ingestion.row_sink import RowSink
from src.ingestion.source import SourceError
from src.services import dead_letter
from src.services.dead_letter import BODY, TooManyDeadLettersError
from src.services.developer import DEVELOPER
from src.services.stream_position import PositionService
from tests.access import client_with, issue_token
from tests.api import UNKNOWN_ID
from tests.ingestion import THINGS, Reader, Scripted, dead_letters, line, lines
from tests.integration.test_thing_parts import TestThingParts as Parts
from tests.integration.test_things import TestThings as Things
from tests.thing_parts import ThingPart, ThingPartCreate
from tests.things import ThingCreate

PARTS = RowSink(ThingPart, ThingPartCreate)


@pytest.fixture
def reader(database: Database) -> Reader:
    return Reader(database)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "things.ndjson"


async def names(client: AsyncClient) -> list[str]:
    return sorted(each["name"] for each in await Things.listed(client, limit=100))


async def position(database: Database, source: str = "things") -> str | None:
    async with database.reading() as session:
        return (await PositionService(session, DEVELOPER, "reader", source).ask()).get("0")


class Refusing(RowSink[ThingCreate]):
    """Writes things, once it has raised given errors."""

    def __init__(self, *errors: DomainError | None) -> None:
        super().__init__(*(THINGS._model, THINGS._given, THINGS._key))
        self.errors = [*errors]
        self.sizes: list[int] = []

    async def write(
        self, session: AsyncSession, owner_id: UUID, rows: Sequence[ThingCreate]
    ) -> Mapping[int, str]:
        refused = await super().write(session, owner_id, rows)
        self.sizes.append(len(rows))
        if self.errors and (error := self.errors.pop(0)):
            raise error
        return refused


async def test_lines_of_a_file_become_rows(
    client: AsyncClient, database: Database, reader: Reader, path: Path
) -> None:
    path.write_bytes(line("a") + b"\n  \n" + line("b", description="x").rstrip())

    await reader.read(path)

    rows = await Things.listed(client, sort="name")
    assert [(each["name"], each["description"]) for each in rows] == [("a", None), ("b", "x")]
    assert await position(database) == str(path.stat().st_size)


async def test_file_is_read_on_where_the_last_process_was(
    client: AsyncClient, database: Database, path: Path
) -> None:
    path.write_bytes(lines(3))
    await Reader(database).read(path)
    before = await Things.listed(client)
    path.write_bytes(line("other ", description=1) * 3)  # what was read is not read again
    path.write_bytes(lines(3) + line("new"))

    await Reader(database).read(path)

    assert await names(client) == ["new", "thing 0", "thing 1", "thing 2"]
    assert [each for each in await Things.listed(client) if each["name"] != "new"] == before


@pytest.mark.parametrize("cut", [1, 5, len(line("ä")) - 1, len(line("ä"))])
async def test_line_that_is_being_written_is_left_to_the_next_process(
    client: AsyncClient, database: Database, path: Path, cut: int
) -> None:
    """Wherever the writer was: a line that is whole but for its end is read at once."""
    content = line("a") + line("ä")
    path.write_bytes(content[:-cut])
    await Reader(database).read(path)
    found = await names(client)
    path.write_bytes(content)

    await Reader(database).read(path)

    assert found == (["a", "ä"] if cut == 1 else ["a"])
    assert await names(client) == ["a", "ä"]
    assert await dead_letters(client) == []


async def test_shorter_file_is_refused(database: Database, path: Path) -> None:
    path.write_bytes(lines(3))
    await Reader(database).read(path)
    path.write_bytes(lines(2))

    with pytest.raises(SourceError, match=SHORTER):
        await Reader(database).read(path)


@pytest.mark.parametrize("block", [1, 7, BLOCK])
async def test_lines_are_the_same_however_they_are_read(
    client: AsyncClient,
    database: Database,
    path: Path,
    block: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("src.ingestion.files.BLOCK", block)
    path.write_bytes(line("ä") + b"\r\n" + line("b") + line("c").rstrip())

    await Reader(database).read(path)

    assert await names(client) == ["b", "c", "ä"]
    assert await position(database) == str(path.stat().st_size)


async def test_row_with_the_key_of_an_earlier_one_replaces_its_values(
    client: AsyncClient, reader: Reader
) -> None:
    await reader.take(line("a", description="old"), line("b"), line("a", description="new"))
    (a,) = [each for each in await Things.listed(client) if each["name"] == "a"]
    await reader.take(line("a", description="new"), begin=3)

    rows = {each["name"]: each for each in await Things.listed(client)}

    assert rows.keys() == {"a", "b"}
    assert rows["a"] == a
    assert (a["description"], a["version"]) == ("new", 2)


POISON: Mapping[bytes, str] = {
    b"{": "is not JSON",
    b"\xff{}": "is not JSON",
    b'{"name": "x"},{"name": "y"}': "is not JSON",
    b"[]": "Input should be an object",
    b"{}": "name: Field required",
    b'{"name": "a\\u0000b"}': "name: String should match pattern",
    b'{"name": "\\ud800"}': "is not JSON",
    b'{"name": 1}': "name: Input should be a valid string",
    b'{"name": "x", "secret": 1}': "has an unknown field",
    b'{"name": "x", "settings": {"a": NaN}}': "settings: must be JSON",
}


async def test_records_that_cannot_be_read_are_kept_with_a_reason(
    client: AsyncClient, reader: Reader
) -> None:
    around = [line(f"thing {n}") for n in range(len(POISON) + 1)]

    await reader.take(*chain(*zip(around, POISON, strict=False)), around[-1])

    found = await dead_letters(client)
    assert len(await names(client)) == len(around)
    assert [each["position"] for each in found] == [str(2 * n + 2) for n in range(len(POISON))]
    for letter, (body, reason) in zip(found, POISON.items(), strict=True):
        assert letter["reason"].startswith(reason), letter
        assert letter["body"] == body.decode(errors="backslashreplace")
        assert (letter["consumer"], letter["source"], letter["partition"]) == (
            "reader",
            "things",
            "0",
        )


def test_reason_repeats_no_character_of_an_id() -> None:
    with pytest.raises(ValidationError) as error:
        ThingPartCreate.model_validate_json('{"name": "a", "thing_id": "\u00a7"}')

    assert reason_of(error.value) == "thing_id: must be a UUID"


@pytest.mark.parametrize("count", [1, 2, 5, 8, 100])
async def test_records_that_the_database_refuses_are_found_among_the_others(
    client: AsyncClient, database: Database, count: int
) -> None:
    thing = await Things.create(client)
    body = await Parts.new(client, thing_id=thing["id"])
    wrong = {0, count // 2, count - 1}
    bodies = [
        json.dumps(body | ({"thing_id": UNKNOWN_ID} if n in wrong else {})).encode()
        for n in range(count)
    ]

    await Reader(database, PARTS).take(*bodies)

    found = await dead_letters(client)
    assert {int(each["position"]) - 1 for each in found} == wrong
    assert {each["reason"] for each in found} == {"There is no such thing."}
    assert len(await Parts.listed(client)) == count - len(wrong)
    assert await position(database) == str(count)


async def test_nothing_is_written_without_its_position(
    client: AsyncClient, database: Database
) -> None:
    class BrokenError(Exception):
        pass

    class Broken(Refusing):
        async def write(self, *args: Any) -> Mapping[int, str]:
            await super().write(*args)
            raise BrokenError

    with pytest.raises(BrokenError):
        await Reader(database, Broken()).take(line("a"), b"{")

    assert await names(client) == []
    assert await dead_letters(client) == []
    assert await position(database) is None


async def test_batch_of_a_process_that_lost_its_partition_is_not_written(
    client: AsyncClient, database: Database
) -> None:
    first, second = Reader(database), Reader(database)
    old = [Record("0", "1", line("a", description="old")), Record("0", "2", line("b"))]
    await first.positions.ask()
    await second.take(line("a", description="new"))

    with pytest.raises(FencedError):
        await first.intake.take(old)
    begun = Reader(database)
    await begun.positions.ask()
    await second.take(line("c"), begin=1)
    with pytest.raises(FencedError):
        await begun.intake.take([*old, Record("1", "1", line("d"))])

    assert await names(client) == ["a", "c"]
    assert await position(database) == "2"


async def test_process_that_lost_its_partition_begins_anew(database: Database) -> None:
    first, second = Reader(database), Reader(database)
    late = [[Record("0", "1", line("a"))], [Record("0", "2", line("b"))]]
    source = Scripted(first.positions, late)

    class Overtaken(Scripted):
        async def read(self) -> Sequence[Record] | None:
            if not self.restarts:
                await second.take(line("x"))
            return await super().read()

    source = Overtaken(first.positions, late)
    await first.consuming(source).run()

    assert source.restarts == 1
    assert source.confirmed == [{"0": "2"}]
    assert source.is_closed


async def test_positions_that_are_asked_of_some_partitions_leave_those_of_others(
    database: Database,
) -> None:
    """What was read of the others began where they were, and must not be taken for what follows."""
    first, second = Reader(database), Reader(database)
    await first.positions.ask()
    await second.take(line("x"))

    await first.positions.ask(["1"])

    with pytest.raises(FencedError):
        await first.intake.take([Record("0", "1", line("a"))])


async def test_same_batch_comes_again_while_the_database_is_away(
    client: AsyncClient, database: Database
) -> None:
    away = Refusing(*[AwayError()] * 12, None, AwayError())
    reader = Reader(database, away)

    await reader.take(line("a"), line("b"))
    await reader.take(line("c"), begin=2)

    assert await names(client) == ["a", "b", "c"]
    assert away.sizes == [*[2] * 13, 1, 1]
    assert reader.patience.pauses == [
        0.1,
        0.2,
        0.4,
        0.8,
        1.6,
        3.2,
        6.4,
        12.8,
        25.6,
        30,
        30,
        30,
        0.1,
    ]


def test_pauses_are_bounded() -> None:
    assert patience.LONGEST_PAUSE == 30


async def test_batch_that_takes_too_long_comes_in_parts(
    client: AsyncClient, database: Database
) -> None:
    busy = Refusing(BusyError(), BusyError())

    await Reader(database, busy).take(*lines(8).splitlines())

    assert len(await names(client)) == 8
    assert busy.sizes == [8, 4, 2, 4, 2]


async def test_wait_for_the_database_ends_when_the_process_is_to_stop() -> None:
    stopping = asyncio.Event()
    waiting = asyncio.create_task(Patience(stopping).sleep(3600))
    await asyncio.sleep(0)
    stopping.set()

    with pytest.raises(StoppedError):
        await waiting


async def test_process_stops_after_the_batch(client: AsyncClient, reader: Reader) -> None:
    class Last(Scripted):
        async def read(self) -> Sequence[Record] | None:
            reader.stopping.set()
            return await super().read()

    batches = [[Record("0", "1", line("a"))], [Record("0", "2", line("b"))]]
    source = Last(reader.positions, batches)

    await reader.consuming(source).run()

    assert await names(client) == ["a"]
    assert source.is_closed


async def test_transaction_has_few_records_however_many_a_source_brings(
    client: AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert BATCH == 10_000
    monkeypatch.setattr("src.ingestion.consuming.BATCH", 3)
    sink = Refusing()

    await Reader(database, sink).take(*lines(8).splitlines())

    assert sink.sizes == [3, 3, 2]
    assert len(await names(client)) == 8


async def test_record_is_bounded(client: AsyncClient, reader: Reader, path: Path) -> None:
    rest = len(line("", description="").rstrip())
    description = "x" * 2000
    longest = line("a", description=description)
    longest = b" " * (RECORD_BYTES - len(longest) + 1) + longest
    assert (len(longest), rest < 100) == (RECORD_BYTES + 1, True)  # with its end
    path.write_bytes(longest + b" " + longest + b"[" * 3 * RECORD_BYTES + b"\n" + line("b"))

    await reader.read(path)

    found = await dead_letters(client)
    assert await names(client) == ["a", "b"]
    assert [each["reason"] for each in found] == ["has more than 1000000 bytes"] * 2
    assert [len(each["body"]) for each in found] == [BODY, BODY]
    assert [int(each["position"]) for each in found] == [2 * len(longest) + 1, 5 * RECORD_BYTES + 4]


async def test_dead_letters_are_bounded(
    client: AsyncClient, reader: Reader, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dead_letter.MOST == 100_000
    monkeypatch.setattr(dead_letter, "MOST", 3)
    await reader.take(line("a"), *[b"{"] * 3)

    with pytest.raises(TooManyDeadLettersError):
        await reader.take(line("b"), b"{", begin=4)
    await reader.take(line("c"), begin=4)

    assert await names(client) == ["a", "c"]
    assert await position(database) == "5"


async def test_pipe_is_read_without_a_position(client: AsyncClient, database: Database) -> None:
    for begin in (0, 2):
        ours, theirs = os.pipe()
        os.write(theirs, lines(3, begin).rstrip())
        os.close(theirs)
        reader = Reader(database, is_kept=False)
        await reader.consuming(FileSource(ours, reader.positions)).run()

    assert await names(client) == [f"thing {n}" for n in range(5)]
    assert await position(database) is None


async def test_named_pipe_leaves_out_what_was_read(client: AsyncClient, database: Database) -> None:
    for content in (lines(2), lines(2).replace(b"thing", b"other") + line("new")):
        ours, theirs = os.pipe()
        os.write(theirs, content)
        os.close(theirs)
        reader = Reader(database)
        await reader.consuming(FileSource(ours, reader.positions)).run()

    assert await names(client) == ["new", "thing 0", "thing 1"]


async def test_pipe_that_is_shorter_than_what_was_read_is_refused(database: Database) -> None:
    await Reader(database).take(line("a"), begin=99)
    ours, theirs = os.pipe()
    os.write(theirs, lines(1))
    os.close(theirs)
    reader = Reader(database)

    with pytest.raises(SourceError, match=SHORTER):
        await reader.consuming(FileSource(ours, reader.positions)).run()


async def test_pipe_goes_on_where_a_commit_whose_answer_was_lost_has_ended(
    client: AsyncClient, database: Database
) -> None:
    ours, theirs = os.pipe()
    begun, rest = lines(5)[:-3], lines(5)[-3:]  # the fifth line has not come as a whole
    os.write(theirs, begun)
    reader = Reader(database)
    source = FileSource(ours, reader.positions)
    await source.open()
    first = await source.read()
    assert first
    lost = Reader(database)
    await lost.positions.ask()
    await lost.intake.take(first[:3])  # as this process did, it did not hear

    with pytest.raises(FencedError):
        await reader.intake.take(first)
    await source.restart()
    os.write(theirs, rest)
    os.close(theirs)
    while (records := await source.read()) is not None:
        await reader.intake.take(records)

    assert await names(client) == [f"thing {n}" for n in range(5)]
    assert await dead_letters(client) == []


async def test_pipe_that_others_read_is_refused(database: Database) -> None:
    ours, theirs = os.pipe()
    os.write(theirs, lines(2))
    reader = Reader(database)
    source = FileSource(ours, reader.positions)
    await source.open()
    await source.read()
    await Reader(database).take(line("a"), begin=9)

    with pytest.raises(SourceError, match=SHARED):
        await source.restart()
    os.close(theirs)
    await source.close()


async def test_process_that_waits_for_a_line_can_stop(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("src.ingestion.files.WAIT_SECONDS", 0)
    ours, theirs = os.pipe()
    reader = Reader(database)
    source = FileSource(ours, reader.positions)
    await source.open()

    assert await source.read() == []
    assert source.lags() == {}  # nobody knows
    os.close(theirs)
    assert await source.read() is None


async def test_owner_is_that_of_the_token(app: FastAPI, database: Database) -> None:
    issued = await issue_token(database)
    reader = Reader(database, token=issued.token)

    owner_id = await reader.guard.owner()
    await Reader(database, owner_id=owner_id).take(b"{")

    async with client_with(app, issued.token) as client:
        assert (await client.get("/api/v1/me")).json()["id"] == str(owner_id)
        assert len(await dead_letters(client)) == 1
    assert await dead_letters(client_with(app, (await issue_token(database)).token)) == []


async def test_development_needs_no_token(reader: Reader) -> None:
    assert await reader.guard.owner() == DEVELOPER


async def test_token_needs_the_scope_to_write(database: Database) -> None:
    issued = await issue_token(database, scopes="read")

    with pytest.raises(ForbiddenError):
        await Reader(database, token=issued.token).guard.owner()
    with pytest.raises(UnauthenticatedError):
        await Reader(database, token="other").guard.owner()  # noqa: S106  # none at all


async def test_token_that_has_ended_ends_the_process(
    app: FastAPI, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert guard.CHECK_SECONDS == 60
    issued = await issue_token(database)
    reader = Reader(database, token=issued.token)
    await reader.guard.owner()
    async with client_with(app, issued.token) as client:
        (await client.delete("/api/v1/me/session")).raise_for_status()
    source = Scripted(reader.positions, [[Record("0", "1", line("a"))]])
    await reader.guard.check()  # too early to ask
    monkeypatch.setattr(guard, "CHECK_SECONDS", 0)

    with pytest.raises(UnauthenticatedError):
        await reader.consuming(source).run()

    assert source.is_closed
