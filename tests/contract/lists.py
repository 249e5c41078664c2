import pytest
from httpx import AsyncClient

from tests.contract.facts import Facts, where

ROWS = 3


class Lists(Facts):
    """Pages of rows, and their order."""

    async def test_empty_list_is_an_empty_page(self, client: AsyncClient) -> None:
        response = await client.get(self.path)

        assert response.json() == {"items": [], "next_cursor": None, "total": None}

    async def test_every_sort_lists_all_pages_in_order(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        rows = [await self.create(client) for _ in range(ROWS)]
        for name in ("id", *self.sorted_by()):
            with subtests.test(name):
                items = await self.listed(client, sort=name)
                assert sorted(items, key=lambda item: item["id"]) == rows
                assert await self.listed(client, sort=f"-{name}") == items[::-1]

    @where(lambda feature: feature.sorted_by())
    async def test_sort_goes_by_value(self, client: AsyncClient, subtests: pytest.Subtests) -> None:
        for name in self.sorted_by():
            if self.fields[name].ascending and name in self.with_method("POST"):
                first, *rest = self.fields[name].values
                with subtests.test(name):
                    rows = [await self.create(client, **{name: each}) for each in (*rest, first)]
                    items = await self.listed(client, sort=name)
                    assert [item[name] for item in items] == [first, *rest]
                    assert await self.listed(client, sort=f"-{name}") == items[::-1]
                    for row in rows:
                        await client.delete(self.path_of(row))

    @where(lambda feature: {*feature.optional()} & {*feature.sorted_by()})
    async def test_nulls_come_last_in_both_directions(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        for name in {*self.optional()} & {*self.sorted_by()}:
            values = [None, *self.fields[name].values[:2], None, None]
            with subtests.test(name):
                rows = [await self.create(client, **{name: value}) for value in values]
                items = await self.listed(client, sort=name)
                filled, nulls = items[:2], items[2:]
                assert nulls == [row for row in rows if row[name] is None]
                assert sorted(item["id"] for item in filled) == [row["id"] for row in rows[1:3]]
                assert await self.listed(client, sort=f"-{name}") == filled[::-1] + nulls[::-1]
                for row in rows:
                    await client.delete(self.path_of(row))

    async def test_total_counts_all_rows_when_asked(self, client: AsyncClient) -> None:
        query = {"limit": 1, "total": True}
        before = (await client.get(self.path, params=query)).json()["total"]
        for _ in range(ROWS):
            await self.create(client)

        page = (await client.get(self.path, params=query)).json()

        assert page["total"] == before + ROWS
        assert len(page["items"]) == 1
