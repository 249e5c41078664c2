from collections.abc import Sequence

from httpx import AsyncClient, Response

from tests.api import assert_problem
from tests.contract.facts import TAKEN, Facts, where


class Uniqueness(Facts):
    @where(lambda feature: feature.unique)
    async def test_taken_value_conflicts_and_changes_nothing(self, client: AsyncClient) -> None:
        for names in self.unique:
            first, row = await self.create_whole(client), await self.create_whole(client)
            taken = {name: first[name] for name in names}

            created = await client.post(self.path, json=await self.new(client) | taken)
            patched = await client.patch(self.path_of(row), json=taken)

            for response in (created, patched):
                self.assert_taken(response, names)
            assert await self.get(client, row) == row

    @where(lambda feature: feature.unique)
    async def test_value_of_a_deleted_row_is_free(self, client: AsyncClient) -> None:
        body = await self.whole(client)
        row = await self.create(client, **body)
        await client.delete(self.path_of(row))

        assert (await self.create(client, **body))["id"] != row["id"]

    @classmethod
    def assert_taken(cls, response: Response, names: Sequence[str]) -> None:
        """Of several unique values the answer names those of one."""
        assert response.status_code == 409
        assert response.json()["detail"] == TAKEN
        if len(cls.unique) == 1:
            assert_problem(response, 409, TAKEN, errors={f"body.{name}": [TAKEN] for name in names})
