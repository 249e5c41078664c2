import pytest
from httpx import AsyncClient

from tests.api import UNKNOWN_ID, assert_problem
from tests.contract.facts import Facts, send


class Reading(Facts):
    """Single rows, found by their ids."""

    async def test_version_that_the_client_has_is_not_sent_again(self, client: AsyncClient) -> None:
        row = await self.create(client)

        response = await client.get(self.path_of(row), headers={"If-None-Match": '"1"'})

        assert response.status_code == 304
        assert response.content == b""

    @pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
    async def test_unknown_id_is_not_found(self, client: AsyncClient, method: str) -> None:
        response = await send(client, method, f"{self.path}/{UNKNOWN_ID}")

        assert_problem(response, 404, self.unknown())

    async def test_malformed_id_is_not_found(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        for malformed in ("1", "none", "01900000-0000-7000-8000-00000000000g", "%00"):
            with subtests.test(malformed):
                response = await client.get(f"{self.path}/{malformed}")
                assert_problem(response, 404, "Not Found")
