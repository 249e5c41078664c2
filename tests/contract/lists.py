from collections.abc import Sequence

import pytest
from httpx import AsyncClient

from tests.api import assert_unknown
from tests.contract.facts import Facts, where

ROWS = 3


class Lists(Facts):
    """Pages of rows, sorted and filtered."""

    @classmethod
    def parameters(cls, name: str) -> list[str]:
        kind = cls.fields[name].filter
        return {"": [], "equal": [name], "range": [f"{name}_min", f"{name}_max"]}[kind]

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
            if self.fields[name].ascending:
                first, *rest = self.fields[name].values
                with subtests.test(name):
                    rows = [await self.create(client, **{name: each}) for each in (*rest, first)]
                    items = await self.listed(client, sort=name)
                    assert [item[name] for item in items] == [first, *rest]
                    assert await self.listed(client, sort=f"-{name}") == items[::-1]
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

    @where(lambda feature: feature.filtered_by("equal"))
    async def test_list_can_be_filtered_by_a_value(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        """Each row has the first value of one field alone: no filter passes for another."""
        filters = self.filtered_by("equal")
        second = {name: each[1] for name, each in filters.items() if not self.varies(name)}
        await self.create(client, **second)
        rows = {
            name: await self.create(client, **second | {name: values[0]})
            for name, values in filters.items()
        }
        for name, row in rows.items():
            with subtests.test(name):
                query = {name: row[name], "total": True}
                page = (await client.get(self.path, params=query)).json()
                assert page == {"items": [row], "next_cursor": None, "total": 1}

    @where(lambda feature: feature.filtered_by("range"))
    async def test_list_can_be_filtered_by_a_range(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        """Each field has its values in another order: no filter passes for another."""
        fields = self.filtered_by("range")
        columns = {name: rotated(values, n) for n, (name, values) in enumerate(fields.items())}
        rows = [
            await self.create(client, **{name: values[n] for name, values in columns.items()})
            for n in range(ROWS)
        ]
        for name, values in fields.items():
            least, most = {f"{name}_min": values[1]}, {f"{name}_max": values[-2]}
            exact = least | {f"{name}_max": values[1]}
            for query, passing in (
                (least, values[1:]),
                (most, values[:-1]),
                (exact, values[1:2]),
            ):
                with subtests.test(f"{query}"):
                    expected = [row for n, row in enumerate(rows) if columns[name][n] in passing]
                    assert await self.listed(client, sort="id", **query) == expected

    async def test_wrong_query_parameter_is_refused(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        wrong = {"limit": "0", "sort": "none"}
        for name, field in self.fields.items():
            wrong |= dict.fromkeys(self.parameters(name), field.wrong_query)
        for query in ({name: value} for name, value in wrong.items()):
            with subtests.test(f"{query}"):
                response = await client.get(self.path, params=query)
                assert response.status_code == 422
                assert [*response.json()["errors"]] == [f"query.{name}" for name in query]

    async def test_unknown_query_parameters_are_refused(self, client: AsyncClient) -> None:
        names = [*(name for name in self.fields if not self.parameters(name)), "unknown"]

        response = await client.get(self.path, params=dict.fromkeys(names, "1"))

        known = [parameter for name in self.fields for parameter in self.parameters(name)]
        assert_unknown(response, "query", ["limit", "cursor", "skip", "sort", "total", *known])


def rotated(values: Sequence[object], places: int) -> list[object]:
    """Return as many of the values as there are rows, from another one on."""
    return [values[(row + places) % len(values)] for row in range(ROWS)]
