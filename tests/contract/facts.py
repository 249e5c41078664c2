"""A feature's facts, and the requests that are made of them."""

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any, ClassVar

from httpx import AsyncClient, Response

from tests.api import Json
from tests.contract.fields import Field

TAKEN = "A value that must be unique is already taken."
BROKEN = "The change breaks a reference between two rows."
COMMON = ("id", "version", "created_at", "updated_at")

numbers = count()


class Facts:
    path: ClassVar[str]
    words: ClassVar[str]
    """What the feature is called in errors."""
    owned: ClassVar[bool] = False
    """Each row belongs to a user, and exists for that user alone."""
    fields: ClassVar[Mapping[str, Field]]
    """In the order in which a row shows them."""
    unique: ClassVar[Sequence[tuple[str, ...]]] = ()
    """Fields whose values no two rows have in common, among the rows of one owner."""
    missing: ClassVar[Mapping[str, Json]] = {}
    """The errors for a missing field, where they are not the usual ones."""

    @classmethod
    def with_method(cls, method: str) -> dict[str, Field]:
        return {name: field for name, field in cls.fields.items() if method in field.methods}

    @classmethod
    def required(cls) -> list[str]:
        return [name for name, field in cls.fields.items() if field.required]

    @classmethod
    def varies(cls, name: str) -> bool:
        """Tell whether each new row has another value of the field."""
        is_unique = any(name in names for names in cls.unique)
        return is_unique and cls.fields[name].fresh is not None

    @classmethod
    def sorted_by(cls) -> list[str]:
        return [name for name, field in cls.fields.items() if field.sort]

    @classmethod
    def filtered_by(cls, kind: str) -> dict[str, Sequence[object]]:
        """Return the values of fields with such a filter. References have tests of their own."""
        fields = cls.with_method("POST").items()
        return {n: f.values for n, f in fields if f.filter == kind and not f.target}

    @classmethod
    def references(cls) -> dict[str, Field]:
        return {name: field for name, field in cls.fields.items() if field.target}

    @classmethod
    def target_of(cls, field: Field) -> "type[Facts]":
        return field.target if isinstance(field.target, type) else cls

    @classmethod
    async def target(cls, client: AsyncClient, name: str, row: Json) -> Json:
        """Create a row that the field of the given row could refer to."""
        return await cls.target_of(cls.fields[name]).create(client)

    @classmethod
    async def new(cls, client: AsyncClient, **given: object) -> Json:
        """Return a valid body with the required fields, and those given."""
        missing = [name for name in cls.required() if name not in given]
        return {name: await cls._value(client, name) for name in missing} | given

    @classmethod
    async def whole(cls, client: AsyncClient, **given: object) -> Json:
        """Return a valid body with all fields."""
        body = await cls.new(client, **given)
        others = cls.with_method("POST").keys() - body.keys()
        return body | {name: await cls._value(client, name) for name in sorted(others)}

    @classmethod
    async def create(cls, client: AsyncClient, **fields: object) -> Json:
        response = await client.post(cls.path, json=await cls.new(client, **fields))
        assert response.status_code == 201, response.text
        row: Json = response.json()
        return row

    @classmethod
    async def create_whole(cls, client: AsyncClient, **fields: object) -> Json:
        return await cls.create(client, **await cls.whole(client, **fields))

    @classmethod
    async def get(cls, client: AsyncClient, row: Json) -> Json:
        response = await client.get(cls.path_of(row))
        assert response.status_code == 200, response.text
        read: Json = response.json()
        return read

    @classmethod
    async def listed(cls, client: AsyncClient, **query: Any) -> list[Json]:
        """Return the items of all pages."""
        response = await client.get(cls.path, params={"limit": 2, **query})
        assert response.status_code == 200, response.text
        page = response.json()
        items: list[Json] = page["items"]
        if page["next_cursor"]:
            items += await cls.listed(client, **query | {"cursor": page["next_cursor"]})
        return items

    @classmethod
    def path_of(cls, row: Json) -> str:
        return f"{cls.path}/{row['id']}"

    @classmethod
    def unknown(cls) -> str:
        """Return the detail of the answer about a row that does not exist."""
        return f"There is no such {cls.words}."

    @classmethod
    async def _value(cls, client: AsyncClient, name: str) -> object:
        field = cls.fields[name]
        if field.target:
            return (await cls.target_of(field).create(client))["id"]
        return field.fresh(next(numbers)) if cls.varies(name) and field.fresh else field.values[0]


async def send(client: AsyncClient, method: str, path: str, **options: Any) -> Response:
    """Send a request that changes nothing, unless it is a DELETE."""
    return await client.request(method, path, json={} if method == "PATCH" else None, **options)


def where[Test: Callable[..., Any]](
    applies: Callable[[type[Facts]], object],
) -> Callable[[Test], Test]:
    """Mark a test that is only for features with certain facts."""

    def marked(test: Test) -> Test:
        setattr(test, "applies", applies)  # noqa: B010  # functions have no such attribute
        return test

    return marked
