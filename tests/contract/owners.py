import pytest
from httpx import AsyncClient

from tests.api import assert_problem
from tests.contract.facts import Facts, send, where


class Owners(Facts):
    """Rows that only their owner can see."""

    @where(lambda feature: feature.owned)
    async def test_another_users_row_is_not_there(
        self, client: AsyncClient, other: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        theirs = await self.create(other)
        for method in ("GET", "PATCH", "DELETE"):
            with subtests.test(method):
                response = await send(client, method, self.path_of(theirs))
                assert_problem(response, 404, self.unknown())
        assert await self.get(other, theirs) == theirs

    @where(lambda feature: feature.owned)
    async def test_list_shows_and_counts_only_the_callers_rows(
        self, client: AsyncClient, other: AsyncClient
    ) -> None:
        theirs, row = await self.create(other), await self.create(client)

        response = await client.get(self.path, params={"total": True})

        assert response.json() == {"items": [row], "next_cursor": None, "total": 1}
        assert await self.listed(other) == [theirs]

    @where(lambda feature: feature.owned and feature.can_be_taken())
    async def test_value_taken_by_another_user_is_free(
        self, client: AsyncClient, other: AsyncClient
    ) -> None:
        # References name rows that the other user does not have.
        for names in self.can_be_taken():
            if self.references().keys().isdisjoint(names):
                theirs = await self.create_whole(other)
                same = {name: theirs[name] for name in names}
                row = await self.create(client, **same)
                assert {name: row[name] for name in names} == same
