import pytest
from httpx import AsyncClient

from tests.api import Json, assert_problem, version_in
from tests.contract.facts import Facts, send, where


class Including(Facts):
    """Answers that include the rows that a row refers to."""

    @where(lambda feature: feature.included())
    async def test_rows_referred_to_are_included_if_asked_for(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        rows = await self.create_whole(client), await self.create(client)
        for names in [*([name] for name in self.included()), [*self.included()]]:
            with subtests.test("&".join(names)):
                listed = await self.listed(client, include=names)
                for row in rows:
                    more = {name: await self.public_row(client, row, name) for name in names}
                    response = await client.get(self.path_of(row), params={"include": names})
                    assert response.json() == row | more
                    assert [each for each in listed if each["id"] == row["id"]] == [row | more]

    @where(lambda feature: feature.included())
    async def test_etag_is_of_the_row_and_of_what_is_included(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        row = await self.create_whole(client)
        alone = await self.tag(client, row, 200)
        for name in self.included():
            with subtests.test(name):
                tag = await self.tag(client, row, 200, include=name)
                assert tag != alone
                assert version_in(tag) == row["version"]
                assert await self.tag(client, row, 304, tag, include=name) == tag
                assert await self.tag(client, row, 200, tag) == alone
                if await self.change_of_target(client, row, name):
                    assert await self.tag(client, row, 200, tag, include=name) != tag
                same = await send(client, "PATCH", self.path_of(row), headers={"If-Match": tag})
                assert same.json() == row

    @where(lambda feature: feature.includable())
    async def test_only_declared_references_can_be_included(self, client: AsyncClient) -> None:
        row = await self.create(client)
        for path in (self.path, self.path_of(row)):
            response = await client.get(path, params={"include": "id"})
            assert response.status_code == 422
            assert [*response.json()["errors"]] == ["query.include.0"]

    @where(lambda feature: feature.includable() and feature.owned)
    async def test_another_users_row_includes_nothing(
        self, client: AsyncClient, other: AsyncClient
    ) -> None:
        theirs, names = await self.create_whole(other), self.includable()

        response = await client.get(self.path_of(theirs), params={"include": names})

        assert_problem(response, 404, self.unknown())
        assert await self.listed(client, include=names) == []

    @classmethod
    async def public_row(cls, client: AsyncClient, row: Json, name: str) -> Json | None:
        """Return what others see of the row that this one refers to."""
        column = cls.included()[name]
        target = cls.target_of(cls.fields[column])
        if row[column] is None:
            return None
        shown = await target.get(client, {"id": row[column]})
        return {each: shown[each] for each in target.public or shown}

    @classmethod
    async def change_of_target(cls, client: AsyncClient, row: Json, name: str) -> bool:
        """Change the row that this one refers to, if requests can change what others see of it."""
        target = cls.target_of(cls.fields[cls.included()[name]])
        shown = await cls.public_row(client, row, name)
        return shown is not None and await cls.change(client, target, shown)

    @classmethod
    async def change(cls, client: AsyncClient, target: type[Facts], shown: Json) -> bool:
        """Change what is shown of a row, if requests can."""
        changes = (
            {each: value}
            for each, field in target.with_method("PATCH").items()
            for value in field.changed
            if not field.target and shown.get(each, value) != value
        )
        change = next(changes, None)
        if change is None:
            return False
        return (await client.patch(target.path_of(shown), json=change)).is_success

    @classmethod
    async def tag(
        cls, client: AsyncClient, row: Json, status: int, known: str = "", **query: str
    ) -> str:
        headers = {"If-None-Match": known} if known else {}
        response = await client.get(cls.path_of(row), params=query, headers=headers)
        assert response.status_code == status
        tag: str = response.headers["etag"]
        return tag
