"""What every sink of a feature's rows keeps. Its test class states the feature, the sink and the key."""

import json
from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from fastapi import FastAPI
from httpx import AsyncClient

from src.ingestion.sink import AnySink
from tests.access import client_with, issue_token
from tests.api import UNKNOWN_ID, Json
from tests.apps import database_of
from tests.contract.facts import UNKNOWN, Facts
from tests.ingestion import Reader, dead_letters


class SinkContract:
    feature: ClassVar[type[Facts]]
    sink: ClassVar[AnySink]
    key: ClassVar[tuple[str, ...]] = ()
    """Fields by which a record finds its row; without any, each record is a new row."""

    async def take(
        self, client: AsyncClient, app: FastAPI, bodies: Iterable[Json], begin: int = 0
    ) -> None:
        """Let a stream bring records of the client's user."""
        owner_id = UUID((await client.get("/api/v1/me")).json()["id"])
        reader = Reader(database_of(app), self.sink, owner_id)
        await reader.take(*(json.dumps(each).encode() for each in bodies), begin=begin)

    async def test_records_become_rows(self, app: FastAPI, client: AsyncClient) -> None:
        bodies = [await self.feature.new(client), await self.feature.whole(client)]
        before = await self.feature.listed(client)

        await self.take(client, app, bodies)

        rows = [each for each in await self.feature.listed(client) if each not in before]
        assert await dead_letters(client) == []
        assert len(rows) == 2
        for body in bodies:
            assert any(row | body == row for row in rows), f"{body} is none of {rows}"

    async def test_record_that_comes_again_finds_its_row(
        self, app: FastAPI, client: AsyncClient
    ) -> None:
        body = await self.feature.whole(client)
        before = await self.feature.listed(client)

        for begin in range(2):
            await self.take(client, app, [body], begin)

        rows = [each for each in await self.feature.listed(client) if each not in before]
        assert [each["version"] for each in rows] == ([1] if self.key else [1, 1])

    async def test_later_record_replaces_the_values(
        self, app: FastAPI, client: AsyncClient
    ) -> None:
        body = await self.feature.whole(client)
        before = await self.feature.listed(client)
        changes = {
            name: field.changed[0]
            for name, field in self.feature.with_method("PATCH").items()
            if name in body and name not in self.key and not field.steps and field.changed
        }

        await self.take(client, app, [body, body | changes] if changes else [body])

        rows = [each for each in await self.feature.listed(client) if each not in before]
        assert any(row | body | changes == row for row in rows)
        assert len(rows) == 1 if self.key else len(rows) > 0

    async def test_wrong_record_is_kept_apart(self, app: FastAPI, client: AsyncClient) -> None:
        bodies = [await self.feature.new(client) for _ in range(3)]
        before = await self.feature.listed(client)

        await self.take(client, app, [bodies[0], bodies[1] | {UNKNOWN: 1}, bodies[2]])

        (letter,) = await dead_letters(client)
        assert letter["reason"] == "has an unknown field"
        assert len(await self.feature.listed(client)) == len(before) + 2

    async def test_record_that_refers_to_nothing_is_kept_apart(
        self, app: FastAPI, client: AsyncClient
    ) -> None:
        for n, name in enumerate(self.feature.references()):
            wrong, right = [await self.feature.new(client) for _ in range(2)]
            before = len(await self.feature.listed(client))
            await self.take(client, app, [wrong | {name: UNKNOWN_ID}, right], 2 * n)
            assert len(await dead_letters(client)) == n + 1
            assert len(await self.feature.listed(client)) == before + 1

    async def test_rows_belong_to_the_owner_of_the_stream(
        self, app: FastAPI, client: AsyncClient
    ) -> None:
        issued = await issue_token(database_of(app))
        async with client_with(app, issued.token) as other:
            await self.take(other, app, [await self.feature.new(other)])
            theirs = await self.feature.listed(other)
        mine = await self.feature.listed(client)

        assert len(theirs) >= 1
        assert [each for each in theirs if each in mine] == ([] if self.feature.owned else theirs)
