from collections.abc import Sequence

import pytest
from httpx import AsyncClient

from tests.api import Json, assert_unknown
from tests.contract.facts import UNKNOWN, Facts, where
from tests.contract.lists import ROWS


class Filters(Facts):
    """The parameters of lists that say which rows they show."""

    @classmethod
    def parameters(cls, name: str) -> list[str]:
        return [f"{name}{ending}" for ending in cls.fields[name].filters]

    @where(lambda feature: feature.filtered_by(""))
    async def test_list_can_be_filtered_by_a_value(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        """Each row has the first value of one field alone: no filter passes for another."""
        filters = self.filtered_by("")
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

    @where(lambda feature: feature.filtered_by("_in"))
    async def test_list_can_be_filtered_by_several_values(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        for name, values in self.filtered_by("_in").items():
            rows = [await self.create(client, **{name: each}) for each in values[:3]]
            for some in (rows[:2], [*rows[1:], *rows[1:]]):
                with subtests.test(f"{name} {len(some)}"):
                    query: Json = {
                        "sort": "id",
                        "total": True,
                        f"{name}_in": [row[name] for row in some],
                    }
                    page = (await client.get(self.path, params=query)).json()
                    expected = [row for row in rows if row in some]
                    assert (page["items"], page["total"]) == (expected, len(expected))
            for row in rows:
                await client.delete(self.path_of(row))

    @where(lambda feature: feature.optional())
    async def test_list_can_be_filtered_by_having_no_value(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        await self.create_whole(client)
        await self.create(client, **dict.fromkeys(self.optional()))
        query = {"sort": "id", "limit": 100}
        rows = await self.listed(client, **query)
        for name in self.optional():
            nulls = [row for row in rows if row[name] is None]
            others = [row for row in rows if row[name] is not None]
            with subtests.test(name):
                assert await self.listed(client, **query, **{f"{name}_null": True}) == nulls
                assert await self.listed(client, **query, **{f"{name}_null": False}) == others
                assert nulls
                assert others

    @where(lambda feature: feature.filtered_by("_min"))
    async def test_list_can_be_filtered_by_a_range(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        """Each field has its values in another order: no filter passes for another."""
        fields = self.filtered_by("_min")
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
        for link in self.links.values():
            wrong |= {link.key: "none", f"{link.key}_in": "none"}
        for name, value in wrong.items():
            with subtests.test(f"{name}={value}"):
                response = await client.get(self.path, params={name: value})
                assert response.status_code == 422
                # Of several values, the first is at fault.
                at_fault = f"query.{name}.0" if name.endswith("_in") else f"query.{name}"
                assert [*response.json()["errors"]] == [at_fault]

    async def test_unknown_query_parameters_are_refused(self, client: AsyncClient) -> None:
        filters = [parameter for name in self.fields for parameter in self.parameters(name)]
        filters += [f"{link.key}{end}" for link in self.links.values() for end in ("", "_in")]
        include = ["include"] if self.included() else []
        known = ["limit", "cursor", "skip", "sort", "total", *include, *filters]
        names = [*(name for name in self.fields if name not in known), UNKNOWN]

        response = await client.get(self.path, params=dict.fromkeys(names, "1"))

        assert_unknown(response, "query", known)


def rotated(values: Sequence[object], places: int) -> list[object]:
    """Return as many of the values as there are rows, from another one on."""
    return [values[(row + places) % len(values)] for row in range(ROWS)]
