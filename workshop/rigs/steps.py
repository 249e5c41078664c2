"""The requests of a mixed run: what a client does in a row's life, and what clients do wrong."""

from operator import itemgetter
from typing import Any
from uuid import uuid4

from httpx import URL, AsyncClient, Response

from tests.api import UNKNOWN_ID, Json
from workshop.rigs.entries import Row, WrongError, expect
from workshop.rigs.mixed import Mixed

PATH = "/api/v1/experiments"
JSON = {"Content-Type": "application/json"}
WRONG: list[tuple[str, str, int, dict[str, Any]]] = [
    ("GET", f"{PATH}/{UNKNOWN_ID}", 404, {}),
    ("DELETE", f"{PATH}/{UNKNOWN_ID}", 404, {}),
    ("GET", "/none", 404, {}),
    ("PUT", PATH, 405, {}),
    ("POST", PATH, 422, {"json": {"name": 1}}),
    ("POST", PATH, 400, {"content": "{", "headers": JSON}),
    ("POST", PATH, 415, {"content": "{}", "headers": {"Content-Type": "text/plain"}}),
    ("GET", PATH, 422, {"params": {"sort": "colour"}}),
    ("GET", PATH, 401, {"headers": {"Authorization": "Bearer wrong"}}),
    ("PATCH", f"{PATH}/{UNKNOWN_ID}", 400, {"json": {}, "headers": {"If-Match": "1"}}),
]
REQUESTS_OF_A_ROUND = 15 + len(WRONG)


class Writer:
    """Alone changes the rows that it makes, so that it knows what each answer has to be."""

    def __init__(self, ledger: Mixed, client: AsyncClient, project_id: str, name: str) -> None:
        self._ledger, self._client = ledger, client
        self._project_id, self._name = project_id, name

    async def run(self, rounds: int) -> None:
        for _ in range(rounds):
            names = uuid4().hex, uuid4().hex
            try:
                await self._round(*names)
            except WrongError as error:
                self._ledger.doubt(str(error), *names)

    async def _round(self, brief: str, lasting: str) -> None:
        created = await self._create(brief)
        row = await self._change(await self._read(created))
        stale, old = {"description": "stale"}, {"If-Match": created.etag}
        await self._ask("PATCH", self._path(row), 412, json=stale, headers=old)
        await self._ask("POST", PATH, 409, json=self._new(brief))
        await self._ask("GET", self._path(row), 304, headers={"If-None-Match": row.etag})
        await self._create_once(lasting)
        await self._read_lists()
        await self._read_of_others()
        await self._delete(row)
        for method, path, status, request in WRONG:
            await self._ask(method, path, status, **request)

    async def _create(self, name: str) -> Row:
        answer = await self._ask("POST", PATH, 201, 409, json=self._new(name))
        if answer.status_code == 201:
            location = answer.headers["location"]
        else:  # what was not confirmed had been done
            found = next(each for each in await self._listed() if each["name"] == name)
            location = str(self._client.base_url.join(f"{PATH.lstrip('/')}/{found['id']}"))
            answer = await self._ask("GET", location, 200)
        row = Row.of(answer, location)
        expect(f"POST of {name}", row.body | self._new(name), row.body)
        return self._ledger.book(row)

    async def _create_once(self, name: str) -> None:
        request: dict[str, Any] = {"json": self._new(name), "headers": {"Idempotency-Key": name}}
        answer = await self._ask("POST", PATH, 201, **request)
        row = self._ledger.book(Row.of(answer, answer.headers["location"]))
        self._ledger.lasting.append(row)
        replayed = await self._ask("POST", PATH, 201, **request)
        expect(f"replay of {name}", row, Row.of(replayed, replayed.headers["location"]))
        expect(f"replay of {name}", "true", replayed.headers.get("idempotent-replayed"))
        request["json"] = self._new("another body")
        await self._ask("POST", PATH, 422, **request)

    async def _read(self, row: Row) -> Row:
        """Follow the Location, as a client does that knows nothing about a prefix."""
        answer = await self._ask("GET", self._client.base_url.join(row.location), 200)
        read = Row.of(answer, row.location)
        expect(f"GET {row.location}", row, read)
        return read

    async def _change(self, row: Row) -> Row:
        changes: Json = {"description": uuid4().hex}
        version = {"If-Match": row.etag}
        answer = await self._ask("PATCH", self._path(row), 200, 412, json=changes, headers=version)
        if answer.status_code == 412:  # what was not confirmed had been done
            answer = await self._ask("GET", self._path(row), 200)
        changed = Row.of(answer, row.location)
        server = {"version": row.body["version"] + 1, "updated_at": changed.body["updated_at"]}
        expect(f"PATCH {row.location}", row.body | changes | server, changed.body)
        return self._ledger.book(changed)

    async def _delete(self, row: Row) -> None:
        await self._ask("DELETE", self._path(row), 204, 404, headers={"If-Match": row.etag})
        del self._ledger.rows[row.body["name"]]
        await self._ask("GET", self._path(row), 404)

    async def _read_lists(self) -> None:
        own = [row.body for row in self._ledger.rows.values() if self._is_own(row)]
        listed = await self._listed()
        certain = [each for each in listed if each["name"] not in self._ledger.doubtful]
        expect(f"list of {self._name}", sorted(own, key=itemgetter("id")), certain)
        page = {"model_type": self._name, "limit": 1, "sort": "id"}
        first = (await self._ask("GET", PATH, 200, params=page)).json()
        page["cursor"] = first["next_cursor"]
        second = (await self._ask("GET", PATH, 200, params=page)).json()
        expect(f"pages of {self._name}", listed[:2], first["items"] + second["items"])

    async def _listed(self) -> list[Json]:
        filters = {"project_id": self._project_id, "model_type": self._name, "status": "created"}
        query = filters | {"sort": "id", "limit": 100}
        items: list[Json] = (await self._ask("GET", PATH, 200, params=query)).json()["items"]
        return items

    async def _read_of_others(self) -> None:
        lasting = self._ledger.lasting
        others = [each for each in lasting if not self._is_own(each)] or lasting
        await self._read(others[self._ledger.answered % len(others)])

    async def _ask(
        self, method: str, path: str | URL, status: int, repeated: int = 0, **request: Any
    ) -> Response:
        return await self._ledger.ask(self._client, method, path, status, repeated, **request)

    def _path(self, row: Row) -> str:
        return f"{PATH}/{row.body['id']}"

    def _new(self, name: str) -> Json:
        return {"project_id": self._project_id, "name": name, "model_type": self._name}

    def _is_own(self, row: Row) -> bool:
        return bool(row.body["model_type"] == self._name)
