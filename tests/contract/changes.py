import pytest
from httpx import AsyncClient

from tests.api import version_in
from tests.contract.facts import Facts, send


class Changes(Facts):
    """Rows that are changed and deleted."""

    async def test_patch_changes_only_what_is_sent(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        row = await self.create_whole(client)
        for name, field in self.with_method("PATCH").items():
            for value in field.changed:
                with subtests.test(f"{name}={value!r:.30}"):
                    response = await client.patch(self.path_of(row), json={name: value})
                    assert response.status_code == 200
                    before, row = row, response.json()
                    assert row["updated_at"] > before["updated_at"]
                    assert row == before | {
                        name: value,
                        "version": before["version"] + 1,
                        "updated_at": row["updated_at"],
                    }
                    assert version_in(response.headers["etag"]) == row["version"]
                    assert await self.get(client, row) == row

    async def test_patch_that_changes_nothing_leaves_version_and_time(
        self, client: AsyncClient
    ) -> None:
        row = await self.create_whole(client)
        same = {name: row[name] for name in self.with_method("PATCH")}

        for changes in ({}, same):
            response = await client.patch(self.path_of(row), json=changes)
            assert response.status_code == 200
            assert response.json() == row

    async def test_other_version_is_neither_changed_nor_deleted(self, client: AsyncClient) -> None:
        row = await self.create(client)

        for method in ("PATCH", "DELETE"):
            response = await send(client, method, self.path_of(row), headers={"If-Match": '"2"'})
            assert response.status_code == 412
        assert await self.get(client, row) == row
        for method in ("PATCH", "DELETE"):
            response = await send(client, method, self.path_of(row), headers={"If-Match": '"1"'})
            assert response.is_success

    async def test_deleted_row_is_gone(self, client: AsyncClient) -> None:
        row, kept = await self.create(client), await self.create(client)

        response = await client.delete(self.path_of(row))

        assert response.status_code == 204
        assert response.content == b""
        assert (await client.get(self.path_of(row))).status_code == 404
        assert await self.listed(client) == [kept]
