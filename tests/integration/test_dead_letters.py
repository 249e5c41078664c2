"""Records of streams that could not be written, as their owners see them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from alembic import command
from alembic.config import Config
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy import URL, NullPool, create_engine
from sqlmodel import Session, select

from src.models.base import utc_now
from src.models.dead_letter import DeadLetter
from src.models.user import User
from src.services.dead_letter import BATCH
from tests.access import client_with, issue_token
from tests.api import Json, assert_problem
from tests.apps import database_of
from tests.commands import run_command
from tests.contract.facts import Facts
from tests.ingestion import Reader, dead_letters

PATH = "/api/v1/dead-letters"
FACTS: Json = {"consumer": "c", "source": "s", "partition": "0", "position": "1", "reason": "r"}


class TestDeadLetters(Facts):
    """No request creates a dead letter: streams bring them."""

    path, words, owned = PATH, "dead letter", True
    fields = {}

    @classmethod
    async def create(cls, client: AsyncClient, /, **fields: object) -> Json:
        assert isinstance(client._transport, ASGITransport)
        app: Any = client._transport.app
        me = (await client.get("/api/v1/me")).json()
        source = str(fields.get("source", me["id"]))
        reader = Reader(database_of(app), owner_id=UUID(me["id"]), source=source, is_kept=False)
        await reader.take(b"{")
        return (await dead_letters(client))[-1]


async def test_dead_letters_are_listed_shown_and_deleted(client: AsyncClient) -> None:
    first, second = [await TestDeadLetters.create(client, source=each) for each in "ab"]
    path = f"{PATH}/{first['id']}"

    page = (await client.get(PATH)).json()
    shown = await client.get(path)
    deleted = await client.delete(path, headers={"If-Match": shown.headers["etag"]})

    assert page["items"] == [second, first]
    assert shown.json() == first
    assert [*first][4:] == ["consumer", "source", "partition", "position", "reason", "body"]
    assert deleted.status_code == 204
    assert await dead_letters(client) == [second]
    assert_problem(await client.get(path), 404, TestDeadLetters.unknown())
    assert (await client.get(PATH, params={"consumer": "reader"})).json()["items"] == [second]
    assert (await client.get(PATH, params={"consumer": "other"})).json()["items"] == []


async def test_others_see_and_delete_none(app: FastAPI, client: AsyncClient) -> None:
    letter = await TestDeadLetters.create(client)
    path = f"{PATH}/{letter['id']}"

    async with client_with(app, (await issue_token(database_of(app))).token) as other:
        for method in ("GET", "DELETE"):
            response = await other.request(method, path)
            assert_problem(response, 404, TestDeadLetters.unknown())
        assert await dead_letters(other) == []
    assert await dead_letters(client) == [letter]


def test_purge_deletes_old_dead_letters_in_batches(
    empty_url: URL, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert BATCH == 1000
    monkeypatch.setattr("src.services.dead_letter.BATCH", 2)
    monkeypatch.setattr("src.commands.ingestion.BATCH", 2)
    command.upgrade(Config("alembic.ini"), "head")
    url = empty_url.set(drivername=empty_url.drivername.removesuffix("+aiosqlite"))
    owner, now = User(email="ada@example.com", name="Ada"), utc_now()
    with Session(create_engine(url, poolclass=NullPool)) as session:
        session.add(owner)
        session.flush()
        for days in (31, 32, 33, 29, 1):
            then = now - timedelta(days=days)
            session.add(DeadLetter(**FACTS, body="", owner_id=owner.id, created_at=then))
        session.commit()

        run_command("purge-dead-letters")
        run_command("purge-dead-letters", "--days", "28")

        told = capsys.readouterr()
        assert told.out.splitlines() == [
            "Purged 3 dead letters older than 30 days.",
            "Purged 1 dead letters older than 28 days.",
        ]
        assert told.err == "2 dead letters older than 30 days so far ...\n"
        assert len(session.exec(select(DeadLetter)).all()) == 1
