from collections.abc import Sequence

from httpx import AsyncClient, Response

from tests.api import Json, assert_problem
from tests.contract.facts import TAKEN, Facts, where


class Uniqueness(Facts):
    """Values that no two rows may have in common."""

    @where(lambda feature: feature.can_be_taken())
    async def test_taken_value_conflicts_and_changes_nothing(self, client: AsyncClient) -> None:
        first, row = await self.create_whole(client), await self.create_whole(client)
        body = await self.new(client) | self.other_values()
        for names in self.can_be_taken():
            taken = {name: first[name] for name in names}
            self.assert_taken(await client.post(self.path, json=body | taken), names)
            self.assert_taken(await client.patch(self.path_of(row), json=taken), names)
        assert await self.get(client, row) == row

    @where(lambda feature: feature.can_be_taken())
    async def test_value_of_a_deleted_row_is_free(self, client: AsyncClient) -> None:
        body = await self.whole(client)
        row = await self.create(client, **body)
        await client.delete(self.path_of(row))

        assert (await self.create(client, **body))["id"] != row["id"]

    @classmethod
    def other_values(cls) -> Json:
        """Return values that differ from those of all rows, so that nothing but these is taken."""
        fields = cls.with_method("POST").items()
        return {n: f.changed[0] for n, f in fields if f.changed and not (f.target or f.steps)}

    @classmethod
    def assert_taken(cls, response: Response, names: Sequence[str]) -> None:
        """The answer names the fields if there is one constraint, and else may not know them."""
        assert response.status_code == 409
        assert response.json()["detail"] == TAKEN
        if len(cls.unique) == 1:
            assert_problem(response, 409, TAKEN, errors={f"body.{name}": [TAKEN] for name in names})
