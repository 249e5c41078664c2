import pytest
from httpx import AsyncClient

from tests.contract.facts import where
from tests.contract.including import Including
from tests.contract.links import Links


class IncludingLinks(Including, Links):
    """Answers that include the rows that a row is linked with."""

    @where(lambda feature: feature.included_links())
    async def test_linked_rows_are_included_if_asked_for(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        for name, path in self.included_links().items():
            rows = [await make(client) for make in (self.create_whole, self.create, self.create)]
            targets = [await self.linked(self.links[path]).create(client) for _ in range(2)]
            for linked, target in ((0, 0), (0, 1), (1, 0)):
                await client.put(self.path_of_link(rows[linked], path, targets[target]))
            for names in ([name], [*self.included(), name]):
                with subtests.test("&".join(names)):
                    listed = await self.listed(client, include=names)
                    for row, shown in zip(rows, (targets[::-1], targets[:1], []), strict=True):
                        more = {
                            each: await self.public_row(client, row, each) for each in names[:-1]
                        }
                        whole = row | more | {name: shown}
                        response = await client.get(self.path_of(row), params={"include": names})
                        assert response.json() == whole
                        assert [each for each in listed if each["id"] == row["id"]] == [whole]

    @where(lambda feature: feature.included_links())
    async def test_etag_is_of_the_links_that_are_included(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        for name, path in self.included_links().items():
            facts = self.linked(self.links[path])
            row, target = await self.create(client), await facts.create(client)
            alone = await self.tag(client, row, 200)
            with subtests.test(name):
                tags = [await self.tag(client, row, 200, include=name)]
                await client.put(self.path_of_link(row, path, target))
                tags.append(await self.tag(client, row, 200, include=name))
                assert await self.tag(client, row, 304, tags[1], include=name) == tags[1]
                if await self.change(client, facts, target):
                    tags.append(await self.tag(client, row, 200, include=name))
                assert len({*tags}) == len(tags)
                assert await self.tag(client, row, 200) == alone
                await client.delete(self.path_of_link(row, path, target))
                assert await self.tag(client, row, 200, include=name) == tags[0]

    @where(lambda feature: feature.links)
    async def test_list_of_links_includes_what_its_rows_include(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        for name, link in self.links.items():
            facts = self.linked(link)
            row, target = await self.create(client), await facts.create_whole(client)
            await client.put(self.path_of_link(row, name, target))
            for each in facts.includable():
                with subtests.test(f"{name} {each}"):
                    response = await client.get(facts.path_of(target), params={"include": each})
                    assert each in response.json()
                    shown = await self.links_of(client, row, name, include=each)
                    assert shown == [response.json()]
            with subtests.test(name):
                path = self.path_of_links(row, name)
                response = await client.get(path, params={"include": "id"})
                assert response.status_code == 422
