from httpx import AsyncClient

from tests.api import Json, QueryValue
from tests.contract import Contract, boolean, email, patterned, string


class TestUsers(Contract):
    path, words = "/api/v1/users", "user"
    fields = {
        "email": email(sort=True, filter="equal"),
        "name": string(longest=100),
        "username": patterned(
            "ada.lovelace", "grace", longest=50, optional=True, sort=True, filter="equal"
        ),
        "active": boolean(default=True),
        "admin": boolean(default=False),
    }
    unique = [("email",), ("username",)]
    public = ("id", "name", "username")

    @classmethod
    async def listed(cls, client: AsyncClient, /, **query: QueryValue) -> list[Json]:
        """Return all users but the one who asks."""
        items = await super().listed(client, **query)
        return [item for item in items if item["name"] != "Developer"]

    async def test_empty_list_is_an_empty_page(self, client: AsyncClient) -> None:
        response = await client.get(self.path, params={"active": False})

        assert response.json() == {"items": [], "next_cursor": None, "total": None}
