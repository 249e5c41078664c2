import pytest
from httpx import AsyncClient

from tests.api import UNKNOWN_ID, Json
from tests.contract.facts import BROKEN, Facts, where


class References(Facts):
    """Fields that refer to rows."""

    @where(lambda feature: feature.references())
    async def test_unknown_reference_conflicts(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        row = await self.create(client)
        for name in self.references():
            with subtests.test(name):
                await self.assert_refused(client, row, name, UNKNOWN_ID)

    @where(lambda feature: feature.references() and feature.owned)
    async def test_reference_to_another_users_row_conflicts(
        self, client: AsyncClient, other: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        row = await self.create(client)
        for name, field in self.references().items():
            if (target := self.target_of(field)).owned:
                with subtests.test(name):
                    theirs = await target.create(other)
                    await self.assert_refused(client, row, name, theirs["id"])

    @where(lambda feature: feature.references())
    async def test_list_can_be_filtered_by_a_reference(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        row, _ = await self.create_whole(client), await self.create_whole(client)
        for name in self.references():
            with subtests.test(name):
                assert await self.listed(client, **{name: row[name]}) == [row]
                assert await self.listed(client, **{name: UNKNOWN_ID}) == []
                assert await self.listed(client, **{f"{name}_in": [row[name], UNKNOWN_ID]}) == [row]

    @where(lambda feature: feature.references().keys() & feature.with_method("PATCH").keys())
    async def test_reference_can_be_changed_and_cleared(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        row = await self.create_whole(client)
        for name in self.references().keys() & self.with_method("PATCH").keys():
            new = (await self.target(client, name, row))["id"]
            for value in [new, None] if self.fields[name].optional else [new]:
                with subtests.test(f"{name}={value}"):
                    response = await client.patch(self.path_of(row), json={name: value})
                    assert response.status_code == 200
                    before, row = row, response.json()
                    assert (row[name], row["version"]) == (value, before["version"] + 1)
                    assert await self.get(client, row) == row

    @where(lambda feature: feature.references())
    async def test_deletion_of_the_row_referred_to_keeps_the_rule(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        for name, field in self.references().items():
            with subtests.test(f"{name}: {field.on_delete}"):
                row = await self.create_whole(client)
                tag = (await client.get(self.path_of(row))).headers["etag"]
                path = f"{self.target_of(field).path}/{row[name]}"

                deleted = await client.delete(path)

                after = await client.get(self.path_of(row), headers={"If-None-Match": tag})
                if field.on_delete == "restrict":
                    assert (deleted.status_code, deleted.json()["detail"]) == (409, BROKEN)
                    assert after.status_code == 304
                    assert await self.get(client, row) == row
                elif field.on_delete == "cascade":
                    assert (deleted.status_code, after.status_code) == (204, 404)
                else:
                    assert deleted.status_code == 204
                    assert after.json() == row | {name: None}

    @classmethod
    async def assert_refused(cls, client: AsyncClient, row: Json, name: str, value: str) -> None:
        body = await cls.new(client, **{name: value})
        responses = [await client.post(cls.path, json=body)]
        if name in cls.with_method("PATCH"):
            responses.append(await client.patch(cls.path_of(row), json={name: value}))

        # The same for what does not exist and for what is somebody else's.
        missing = f"There is no such {cls.target_of(cls.fields[name]).words}."
        for response in responses:
            problem = response.json()
            assert (response.status_code, problem["detail"]) == (409, missing)
            assert problem["errors"][f"body.{name}"] == [missing]
        assert await cls.listed(client) == [row]
