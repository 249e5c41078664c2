import asyncio
from collections.abc import Mapping, Sequence

import pytest
from httpx import AsyncClient

from tests.api import Json
from tests.contract.facts import Facts, where


class Steps(Facts):
    """A value that changes step by step."""

    @classmethod
    async def at(cls, client: AsyncClient, name: str, path: tuple[str, ...]) -> Json:
        """Return a row that has gone this way."""
        row = await cls.create(client)
        for value in path[1:]:
            response = await client.patch(cls.path_of(row), json={name: value})
            assert response.status_code == 200
            row = response.json()
        assert row[name] == path[-1]
        return row

    @where(lambda feature: feature.stepped())
    async def test_new_row_begins_with_the_first_value(self, client: AsyncClient) -> None:
        for name, field in self.stepped().items():
            for other in field.steps.keys() - {field.default}:
                body = await self.new(client, **{name: other})
                response = await client.post(self.path, json=body)
                assert response.status_code == 422
                assert [*response.json()["errors"]] == [f"body.{name}"]

    @where(lambda feature: feature.stepped())
    async def test_steps_are_taken_and_nothing_else_is(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        for name, field in self.stepped().items():
            steps = field.steps
            for path in ways(steps, str(field.default)):
                before, row = path[-1], await self.at(client, name, path)
                for after in steps.keys() - {before, *steps[before]}:
                    with subtests.test(f"not {before} > {after}"):
                        response = await client.patch(self.path_of(row), json={name: after})
                        assert response.status_code == 409
                        assert [*response.json()["errors"]] == [f"body.{name}"]
                        assert await self.get(client, row) == row
                for after in (before, *steps[before]):
                    with subtests.test(f"{before} > {after}"):
                        moved = await self.at(client, name, (*path, after))
                        shown = await self.listed(client, **{f"{name}_in": after}, limit=100)
                        assert moved in shown

    @where(lambda feature: feature.stepped())
    async def test_of_racing_steps_from_one_version_one_is_taken(
        self, concurrent_client: AsyncClient
    ) -> None:
        for name, field in self.stepped().items():
            row = await self.create(concurrent_client)
            change = {name: field.steps[row[name]][0]}

            responses = await asyncio.gather(
                *(
                    concurrent_client.patch(
                        self.path_of(row), json=change, headers={"If-Match": '"1"'}
                    )
                    for _ in range(5)
                )
            )

            assert sorted(each.status_code for each in responses) == [200] + [412] * 4
            assert (await self.get(concurrent_client, row))["version"] == 2


def ways(steps: Mapping[str, Sequence[str]], start: str) -> list[tuple[str, ...]]:
    """Return a way from the start to each value that can be reached."""
    found: dict[str, tuple[str, ...]] = {start: (start,)}
    for value in (waiting := [start]):
        for after in steps[value]:
            if after not in found:
                found[after] = (*found[value], after)
                waiting.append(after)
    return [*found.values()]
