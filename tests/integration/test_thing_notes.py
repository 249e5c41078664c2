import pytest
from httpx import AsyncClient
from sqlalchemy import select

from src.core.database import Database
from src.core.search import Found
from tests.contract import Contract, integer, string, text
from tests.thing_notes import ThingNote

FOUND = [
    ("Straße nach Ärger", "STRASSE", False),
    ("Straße nach Ärger", "straße är", True),
    ("Arger", "Ärger", False),
    ("ΟΔΟΣ", "οδός", False),
    ("ΟΔΌΣ", "οδός", True),
    ("РЕКА Ёлка", "ёлка река", True),
    ("हिन्दी किताब", "हिन्", True),
    ("हिन्दी किताब", "दी", False),
    ("كِتَاب جديد", "كِتَ", True),
    ("ภาษาไทย", "ภาษา", True),
    ("東京都の天気、晴れ", "東京", True),
    ("東京都の天気、晴れ", "天気", False),
    ("東京都の天気、晴れ", "晴れ", True),
    ("snake_case, kebab-case", "case", True),
    ("ada@example.org", "example.org ada", True),
    ("https://example.org/a?b=c#d", "c d b a", True),
    ("3.14 and -7e9", "14 7e9", True),
    ("don't", "don", True),
    ("🚀moon", "moon", True),
    ("x²", "x2", False),
    ("the the the", "the the", True),
    ("漢" * 10_000, "漢" * 200, True),
    ("x" * 10_000, "x" * 200, True),
    ("x" * 200, "x" * 199 + "y", False),
    (" ".join(map(chr, range(97, 123))) * 190, "z a q", True),
]
MOST_WORDS = " ".join("abcdefghij" * 10)


class TestThingNotes(Contract):
    path, words = "/api/v1/thing-notes", "thing note"
    fields = {
        "title": string(longest=100, search=True),
        "body": text(optional=True, search=True),
        "stars": integer(optional=True, sort=True),
    }

    async def test_words_of_many_writings(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        for body, q, is_found in FOUND:
            with subtests.test(f"{body:.20} {q:.20}"):
                row = await self.create(client, title="-", body=body)
                assert await self.found(client, q) == ([row] if is_found else [])
                await client.delete(self.path_of(row))

    async def test_search_of_the_most_words(self, client: AsyncClient) -> None:
        row = await self.create(client, title=MOST_WORDS[:100], body=MOST_WORDS)

        assert len(MOST_WORDS) == 199
        assert await self.found(client, MOST_WORDS) == [row]

    async def test_search_goes_with_sorts_filters_and_pages(self, client: AsyncClient) -> None:
        stars = [3, None, 1, None, 2, 3]
        rows = [await self.create(client, title="River", stars=each) for each in stars]
        for each in stars:
            await self.create(client, title="Stone", stars=each)

        listed = await self.listed(client, q="riv", sort="stars")
        some = await self.listed(client, q="riv", sort="-id", stars_min=2)

        assert [row["stars"] for row in listed] == [1, 2, 3, 3, None, None]
        assert sorted(row["id"] for row in listed) == [row["id"] for row in rows]
        assert some == [row for row in reversed(rows) if (row["stars"] or 0) >= 2]

    async def test_database_keeps_the_index_without_the_service(
        self, client: AsyncClient, database: Database
    ) -> None:
        rows = [await self.create(client, title="River", body="moon") for _ in range(3)]
        async with database.writing() as session:
            connection = await session.connection()
            await connection.exec_driver_sql("UPDATE thing_notes SET title = 'Stone'")
            await connection.exec_driver_sql("UPDATE thing_notes SET body = NULL")

        assert await self.found(client, "stone") == [
            row | {"title": "Stone", "body": None} for row in rows
        ]
        for q in ("river", "moon"):
            assert await self.found(client, q) == []

    async def test_search_reads_the_index(self, database: Database) -> None:
        table = ThingNote.metadata.tables["thing_notes"]
        async with database.reading() as session:
            connection = await session.connection()
            query = select(table.c.id).where(Found(table)).compile(dialect=connection.dialect)
            if connection.dialect.name == "sqlite":
                rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", ("a",))
                plan = str(rows.all())
                assert "SEARCH thing_notes USING" in plan
                assert "VIRTUAL TABLE INDEX" in plan
            else:
                rows = await connection.exec_driver_sql(f"EXPLAIN {query}", {"q": "'a':*"})
                assert "Bitmap Index Scan on search_of_thing_notes" in str(rows.all())
