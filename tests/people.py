"""Users with all rights, each with rows of their own."""

from collections.abc import Sequence
from uuid import UUID

from fastapi import FastAPI
from httpx import Response
from sqlmodel import SQLModel

from tests.access import client_with, issue_token
from tests.api import Json
from tests.apps import database_of
from tests.askers import ME
from tests.callers import Caller
from tests.databases import is_owned
from tests.operations import Operation

OWNED = [each for each in SQLModel.metadata.sorted_tables if is_owned(each)]
"""The tables of rows that only their owner can see."""


class Person(Caller):
    """A user with all rights, who asks for everything that a client can ask for."""

    def __init__(self, app: FastAPI, token: str, user_id: UUID) -> None:
        super().__init__(app, client_with(app, token))
        self.client.headers["X-Request-ID"] = "same"  # or each answer would have its own
        self.user_id = user_id

    async def send(self, operation: Operation, request: Json, **headers: str) -> Response:
        path = operation.path.format(**request["path"])
        query, body = request["query"], request.get("body")
        return await self.client.request(
            operation.method, path, params=query, json=body, headers=headers
        )

    async def requests(self, operation: Operation) -> list[Json]:
        """Return valid requests. A list is also asked for each value of a row of theirs."""
        common = {"path": await self.path(operation), "query": self.query(operation)}
        bodies = await self.bodies(operation)
        return [common | {"body": body} for body in bodies] or [common]

    async def lists(self, operation: Operation) -> list[Json]:
        """Return requests for parts of a list, by the values of a row of theirs."""
        first = {"path": {}, "query": {"limit": 1, "total": True}}
        page = (await self.send(operation, first)).json()
        row = page["items"][0] if page["items"] else {}
        names = [each for each in operation.names("query") if row.get(each) is not None]
        values = [{name: row[name]} for name in names] + [{"cursor": page["next_cursor"]}]
        return [first, *({"path": {}, "query": value} for value in values)]

    async def settle(self, operations: Sequence[Operation]) -> None:
        """Send everything that adds to the rows."""
        for operation in operations:
            requests = await self.requests(operation)  # which need rows of their own
            for request in requests if operation.body else ():
                await self.send(operation, request)

    async def ids(self) -> set[str]:
        found = set[str]()
        async with database_of(self.app).reading() as session:
            connection = await session.connection()
            for table in (each for each in OWNED if "id" in each.columns):
                theirs = table.select().where(table.c.owner_id == self.user_id)
                found |= {str(row.id) for row in (await connection.execute(theirs)).all()}
        return found

    async def disappear(self) -> None:
        async with database_of(self.app).writing() as session:
            connection = await session.connection()
            for table in reversed(OWNED):
                await connection.execute(table.delete().where(table.c.owner_id == self.user_id))


async def person(app: FastAPI) -> Person:
    issued = await issue_token(database_of(app), scopes="read write admin", admin=True)
    me = (await client_with(app, issued.token).get(ME)).json()
    return Person(app, issued.token, UUID(me["id"]))
