"""A feature's facts, and the requests that are made of them."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any, ClassVar

from httpx import AsyncClient, Response

from tests.api import UNKNOWN_ID, Json
from tests.contract.fields import Field, Link

TAKEN = "A value that must be unique is already taken."
BROKEN = "Other rows refer to this one: delete or change those first, then repeat."
COMMON = ("id", "version", "created_at", "updated_at")

HINT = "has to state values of which every combination makes a row, as with `having`"

UNKNOWN = "Unknown"
"""The name of no field and of no filter: those have no capitals."""

numbers = count()


class Facts:
    path: ClassVar[str]
    words: ClassVar[str]
    """What the feature is called in errors."""
    owned: ClassVar[bool] = False
    """Each row belongs to a user, and exists for that user alone."""
    is_listed: ClassVar[bool] = True
    """Its path answers with the rows, and with each of them below it."""
    fields: ClassVar[Mapping[str, Field]]
    """In the order in which a row shows them."""
    unique: ClassVar[Sequence[tuple[str, ...]]] = ()
    """Fields whose values no two rows have in common, among the rows of one owner."""
    rules: ClassVar[Mapping[str, Sequence[Json | Callable[[Json], Json]]]] = {}
    """The conditions that a row keeps, and changes of a row that break each of them alone."""
    public: ClassVar[Sequence[str]] = ()
    """What answers about other rows include of a row; all of it unless given."""
    links: ClassVar[Mapping[str, Link]] = {}
    """By the name of their path."""
    missing: ClassVar[Mapping[str, Json]] = {}
    """The errors for a missing field, where they are not the usual ones."""

    @classmethod
    def with_method(cls, method: str) -> dict[str, Field]:
        return {name: field for name, field in cls.fields.items() if method in field.methods}

    @classmethod
    def required(cls) -> list[str]:
        return [name for name, field in cls.fields.items() if field.required]

    @classmethod
    def foreign(cls) -> Json:
        """Return fields that it has not: one that others have, and one that nobody has."""
        return dict.fromkeys({"owner_id", UNKNOWN} - cls.fields.keys(), UNKNOWN_ID)

    @classmethod
    def varies(cls, name: str) -> bool:
        """Tell whether each new row has another value of the field."""
        is_unique = any(name in names for names in cls.unique)
        return is_unique and cls.fields[name].fresh is not None

    @classmethod
    def can_be_taken(cls) -> list[tuple[str, ...]]:
        """Return what is unique and set by requests."""
        return [names for names in cls.unique if {*names} <= cls.with_method("POST").keys()]

    @classmethod
    def sorted_by(cls) -> list[str]:
        return [name for name, field in cls.fields.items() if field.sort]

    @classmethod
    def filtered_by(cls, *endings: str) -> dict[str, Sequence[object]]:
        """Return the values of fields with such filters. References and steps have tests of their own."""
        fields = cls.with_method("POST").items()
        return {
            n: f.values
            for n, f in fields
            if {*endings} & {*f.filters} and not (f.target or f.steps)
        }

    @classmethod
    def optional(cls) -> list[str]:
        return [name for name, field in cls.with_method("POST").items() if field.optional]

    @classmethod
    def references(cls) -> dict[str, Field]:
        fields = cls.with_method("POST").items()
        return {name: field for name, field in fields if field.target}

    @classmethod
    def included(cls) -> dict[str, str]:
        """Return the references whose rows an answer can include, by the names for that."""
        return {n.removesuffix("_id"): n for n, field in cls.fields.items() if field.include}

    @classmethod
    def included_links(cls) -> dict[str, str]:
        """Return the paths of links whose rows an answer can include, by the names for that."""
        return {name.replace("-", "_"): name for name, link in cls.links.items() if link.include}

    @classmethod
    def includable(cls) -> list[str]:
        return [*cls.included(), *cls.included_links()]

    @classmethod
    def searched(cls) -> dict[str, Field]:
        fields = cls.with_method("POST").items()
        return {name: field for name, field in fields if field.words}

    @classmethod
    def stepped(cls) -> dict[str, Field]:
        return {name: field for name, field in cls.fields.items() if field.steps}

    @classmethod
    def target_of(cls, field: Field) -> "type[Facts]":
        if isinstance(field.target, str) and field.target != "self":
            from tests.contract.found import features  # which imports this module

            return features()[field.target]
        return field.target if isinstance(field.target, type) else cls

    @classmethod
    def linked(cls, link: Link) -> "type[Facts]":
        from tests.contract.found import features  # as above

        return features()[link.target]

    @classmethod
    async def target(cls, client: AsyncClient, name: str, row: Json) -> Json:
        """Create a row that the field of the given row could refer to."""
        return await cls.target_of(cls.fields[name]).create(client)

    @classmethod
    async def new(cls, client: AsyncClient, /, **given: object) -> Json:
        """Return a valid body with the required fields, and those given."""
        missing = [name for name in cls.required() if name not in given]
        return {name: await cls._value(client, name) for name in missing} | given

    @classmethod
    async def whole(cls, client: AsyncClient, /, **given: object) -> Json:
        """Return a valid body with all fields."""
        body = await cls.new(client, **given)
        others = cls.with_method("POST").keys() - body.keys()
        return body | {name: await cls._value(client, name) for name in sorted(others)}

    @classmethod
    async def create(cls, client: AsyncClient, /, **fields: object) -> Json:
        response = await client.post(cls.path, json=await cls.new(client, **fields))
        assert response.status_code == 201, f"{cls.__name__} {HINT}: {response.text}"
        row: Json = response.json()
        return row

    @classmethod
    async def create_whole(cls, client: AsyncClient, /, **fields: object) -> Json:
        return await cls.create(client, **await cls.whole(client, **fields))

    @classmethod
    async def get(cls, client: AsyncClient, row: Json) -> Json:
        response = await client.get(cls.path_of(row))
        assert response.status_code == 200, response.text
        read: Json = response.json()
        return read

    @classmethod
    async def listed(cls, client: AsyncClient, /, **query: Any) -> list[Json]:
        return await items_of(client, cls.path, **query)

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
        return field.fresh(next(numbers)) if cls.varies(name) and field.fresh else field.first


async def items_of(client: AsyncClient, path: str, /, **query: Any) -> list[Json]:
    """Return the items of all pages."""
    response = await client.get(path, params={"limit": 2, **query})
    assert response.status_code == 200, response.text
    page = response.json()
    items: list[Json] = page["items"]
    if page["next_cursor"]:
        items += await items_of(client, path, **query | {"cursor": page["next_cursor"]})
    return items


def leave_out(feature: type[Facts]) -> None:
    """Leave out the tests of what the feature does not have."""
    for name, test in inspect.getmembers(feature, inspect.isfunction):
        if hasattr(test, "applies") and not test.applies(feature):
            setattr(feature, name, None)


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
