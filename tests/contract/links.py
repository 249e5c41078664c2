import asyncio

import pytest
from httpx import AsyncClient

from tests.api import UNKNOWN_ID, Json, assert_problem
from tests.contract.facts import Facts, items_of, where

RACING = 50


class Links(Facts):
    """Pairs of rows."""

    @where(lambda feature: feature.links)
    async def test_rows_are_linked_once_and_shown(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        for name, link in self.links.items():
            row, other = await self.create(client), await self.create(client)
            targets = [await self.linked(link).create(client) for _ in range(3)]
            with subtests.test(name):
                for target in (*targets[:2], targets[0]):
                    response = await client.put(self.path_of_link(row, name, target))
                    assert (response.status_code, response.content) == (204, b"")
                await client.put(self.path_of_link(other, name, targets[2]))

                assert await self.links_of(client, row, name, sort="id") == targets[:2]
                page = (
                    await client.get(
                        self.path_of_links(row, name), params={"total": True, "sort": "-id"}
                    )
                ).json()
                assert page == {"items": targets[1::-1], "next_cursor": None, "total": 2}
                assert await self.get(client, row) == row

    @where(lambda feature: feature.links)
    async def test_link_is_taken_back_once(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        for name, link in self.links.items():
            row, other = await self.create(client), await self.create(client)
            target = await self.linked(link).create(client)
            with subtests.test(name):
                for each in (row, other):
                    await client.put(self.path_of_link(each, name, target))
                path = self.path_of_link(row, name, target)

                assert [(await client.delete(path)).status_code for _ in range(2)] == [204, 404]

                assert await self.links_of(client, row, name) == []
                assert await self.links_of(client, other, name) == [target]

    @where(lambda feature: feature.links)
    async def test_rows_that_are_not_there_have_no_links(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        row, unknown = await self.create(client), {"id": UNKNOWN_ID}
        for name, link in self.links.items():
            target = await self.linked(link).create(client)
            with subtests.test(name):
                response = await client.get(self.path_of_links(unknown, name))
                assert_problem(response, 404, self.unknown())
                response = await client.put(self.path_of_link(unknown, name, target))
                assert_problem(response, 404, self.unknown())
                response = await client.put(self.path_of_link(row, name, unknown))
                assert_problem(response, 404, self.linked(link).unknown())
                assert await self.links_of(client, row, name) == []

    @where(lambda feature: feature.links)
    async def test_list_can_be_filtered_by_a_link(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        rows = [await self.create(client) for _ in range(4)]
        for name, link in self.links.items():
            targets = [await self.linked(link).create(client) for _ in range(2)]
            for row, target in ((0, 0), (1, 0), (1, 1), (2, 1)):
                await client.put(self.path_of_link(rows[row], name, targets[target]))
            first, second = (target["id"] for target in targets)
            for query, expected in (
                ({link.key: first}, rows[:2]),
                ({link.key: second}, rows[1:3]),
                ({link.key: UNKNOWN_ID}, []),
                ({f"{link.key}_in": [second, UNKNOWN_ID]}, rows[1:3]),
                ({f"{link.key}_in": [first, second]}, rows[:3]),
            ):
                with subtests.test(f"{name} {query}"):
                    assert await self.listed(client, sort="id", **query) == expected

    @where(lambda feature: feature.links)
    async def test_links_go_with_either_row(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        for name, link in self.links.items():
            facts = self.linked(link)
            row, kept = await self.create(client), await self.create(client)
            gone, target = await facts.create(client), await facts.create(client)
            with subtests.test(name):
                for each in (gone, target):
                    await client.put(self.path_of_link(row, name, each))
                await client.put(self.path_of_link(kept, name, target))

                assert (await client.delete(facts.path_of(gone))).status_code == 204
                assert await self.links_of(client, row, name) == [target]
                assert (await client.delete(self.path_of(row))).status_code == 204
                assert await self.listed(client, **{link.key: target["id"]}) == [kept]

    @where(lambda feature: feature.links)
    async def test_of_racing_links_of_one_pair_one_is_made(
        self, concurrent_client: AsyncClient
    ) -> None:
        for name, link in self.links.items():
            row = await self.create(concurrent_client)
            target = await self.linked(link).create(concurrent_client)
            path = self.path_of_link(row, name, target)

            responses = await asyncio.gather(*(concurrent_client.put(path) for _ in range(RACING)))

            assert {each.status_code for each in responses} == {204}
            assert await self.links_of(concurrent_client, row, name) == [target]
            assert (await concurrent_client.delete(path)).status_code == 204
            assert (await concurrent_client.delete(path)).status_code == 404

    @where(lambda feature: feature.links and feature.owned)
    async def test_rows_of_another_user_have_no_links(
        self, client: AsyncClient, other: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        for name, link in self.links.items():
            facts = self.linked(link)
            row, theirs = await self.create(client), await self.create(other)
            target, hidden = await facts.create(client), await facts.create(other)
            await other.put(self.path_of_link(theirs, name, hidden))
            with subtests.test(name):
                response = await client.get(self.path_of_links(theirs, name))
                assert_problem(response, 404, self.unknown())
                response = await client.put(self.path_of_link(theirs, name, target))
                assert_problem(response, 404, self.unknown())
                for each in (target, hidden):
                    for method in ("PUT", "DELETE"):
                        absent, response = [
                            await client.request(method, self.path_of_link(one, name, each))
                            for one in ({"id": UNKNOWN_ID}, theirs)
                        ]
                        assert_problem(response, 404, absent.json()["detail"])
                assert await self.listed(client, **{link.key: hidden["id"]}) == []
                if facts.owned:
                    response = await client.put(self.path_of_link(row, name, hidden))
                    assert_problem(response, 404, facts.unknown())
                assert await self.links_of(other, theirs, name) == [hidden]

    @classmethod
    def path_of_links(cls, row: Json, name: str) -> str:
        return f"{cls.path_of(row)}/{name}"

    @classmethod
    def path_of_link(cls, row: Json, name: str, target: Json) -> str:
        return f"{cls.path_of_links(row, name)}/{target['id']}"

    @classmethod
    async def links_of(cls, client: AsyncClient, row: Json, name: str, **query: str) -> list[Json]:
        """Return all rows that this one is linked with."""
        return await items_of(client, cls.path_of_links(row, name), **query)
