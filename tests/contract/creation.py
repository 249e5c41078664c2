from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient

from tests.api import assert_invalid, assert_unknown, version_in
from tests.contract.facts import COMMON, Facts, where
from tests.contract.fields import rounds


class Creation(Facts):
    """New rows: what they show, and what they take and refuse."""

    async def test_created_row_shows_its_fields_in_order(self, client: AsyncClient) -> None:
        body = await self.new(client)

        response = await client.post(self.path, json=body)

        row = response.json()
        assert response.status_code == 201
        assert list(row) == [*COMMON, *self.fields]
        defaults = {name: field.shown_default for name, field in self.fields.items()}
        assert {name: row[name] for name in self.fields} == defaults | body
        assert row["version"] == 1
        assert UUID(row["id"]).version == 7
        assert response.headers["location"] == self.path_of(row)

    async def test_created_row_has_the_time_of_its_creation(self, client: AsyncClient) -> None:
        row = await self.create(client)

        created_at = datetime.fromisoformat(row["created_at"])
        assert created_at.utcoffset() == timedelta(0)
        assert abs(datetime.now(UTC) - created_at) < timedelta(seconds=10)
        assert row["updated_at"] == row["created_at"]

    async def test_location_leads_to_the_created_row(self, client: AsyncClient) -> None:
        body = await self.whole(client)

        created = await client.post(self.path, json=body)
        response = await client.get(created.headers["location"])

        assert response.status_code == 200
        assert response.json() == created.json()
        assert created.json() == created.json() | body
        assert response.headers["etag"] == created.headers["etag"]
        assert version_in(created.headers["etag"]) == 1

    async def test_valid_values_come_back_as_they_were_sent(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        fields = self.with_method("POST")
        for values in rounds({name: field.taken for name, field in fields.items()}):
            with subtests.test(f"{values!r:.80}"):
                row = await self.create(client, **values)
                assert {name: row[name] for name in values} == values
                assert await self.get(client, row) == row

    async def test_wrong_values_are_refused_and_named(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        row, body = await self.create(client), await self.new(client)
        for method, path in (("POST", self.path), ("PATCH", self.path_of(row))):
            fields = self.with_method(method)
            for values in rounds({name: field.refused for name, field in fields.items()}):
                with subtests.test(f"{method} {values!r:.80}"):
                    sent = body | values if method == "POST" else values
                    response = await client.request(method, path, json=sent)
                    assert response.status_code == 422
                    assert {*response.json()["errors"]} == {f"body.{name}" for name in values}
        assert await self.listed(client) == [row]

    @where(lambda feature: any(field.padded for field in feature.fields.values()))
    async def test_white_space_around_text_is_dropped(self, client: AsyncClient) -> None:
        padded = {
            name: field.padded for name, field in self.with_method("POST").items() if field.padded
        }

        row = await self.create(client, **{name: sent for name, (sent, _) in padded.items()})

        assert {name: row[name] for name in padded} == {
            name: kept for name, (_, kept) in padded.items()
        }

    async def test_fields_that_clients_do_not_set_are_refused(self, client: AsyncClient) -> None:
        row, body = await self.create(client), await self.new(client)
        for method, path, valid in (("POST", self.path, body), ("PATCH", self.path_of(row), {})):
            may_set = self.with_method(method)
            shown = {name: each for name, each in row.items() if name not in may_set}
            foreign = shown | self.foreign()
            response = await client.request(method, path, json=valid | foreign)
            assert_unknown(response, "body", may_set)
        assert await self.listed(client) == [row]

    @where(lambda feature: feature.required())
    async def test_missing_field_is_named(self, client: AsyncClient) -> None:
        body = await self.new(client)
        for name in body:
            rest = {each: value for each, value in body.items() if each != name}
            response = await client.post(self.path, json=rest)
            usual = {f"body.{name}": ["Field required"]}
            assert_invalid(response, self.missing.get(name, usual))

    async def test_repeated_request_with_a_key_is_done_once(self, client: AsyncClient) -> None:
        body, headers = await self.new(client), {"Idempotency-Key": "first"}

        first = await client.post(self.path, json=body, headers=headers)
        second = await client.post(self.path, json=body, headers=headers)

        assert first.status_code == second.status_code == 201
        assert first.json() == second.json()
        assert await self.listed(client) == [first.json()]
