from httpx import AsyncClient

from tests.contract import Contract, Field, integer, string

TYPES = ("bool", "float", "int", "text")
WRONG = "not a type"


class TestFeatureViews(Contract):
    path, words, owned = "/api/v1/feature-views", "feature view", True
    # Each version of a view is another meaning of its values.
    fields = {
        "name": string(longest=100, sort=True, filter="equal", methods=("POST",)),
        "entity": string(longest=100, filter="equal", methods=("POST",)),
        "features": Field(
            values=[{"spent": "float"}, {"spent": "float", "orders": "int"}],
            limits=[
                {f"of_{kind}": kind for kind in TYPES},
                {"_": "text"},
                {"z" * 100: "int"},
                {f"f{n}": "float" for n in range(100)},
            ],
            wrong=[[], "text", {}, {"spent": WRONG}, {"spent": None}, {"spent": {}}]
            + [
                {name: "int"}
                for name in ("", "A", "1a", "a b", "a.b", "ä", "a\n", "a\x00", "x" * 101)
            ]
            + [{f"f{n}": "float" for n in range(101)}],
        ),
        "ttl_seconds": integer(1, 2**31 - 1, optional=True),
    }
    unique = [("name",)]

    async def test_taken_value_conflicts_and_changes_nothing(self, client: AsyncClient) -> None:
        first = await self.create(client)

        response = await client.post(self.path, json=await self.new(client, name=first["name"]))

        self.assert_taken(response, ("name",))
        assert await self.listed(client) == [first]
