import pytest
from httpx import AsyncClient

from tests.api import Json
from tests.contract.facts import Facts, where

WITHOUT_WORDS = ["", " ", "?!", '"*"', "—", "'", "\\"]
TOO_LONG, NUL = "a" * 201, "a\x00"
FINDING = ["({0})!", '"{0}"', "{0}*", "!{0}", "-{0}", "{0}:*", "{0} & {0}", "\N{ROCKET}{0}"]
"""Searches for a word, in what other languages of searches would take for signs."""
FINDING_NOTHING = [
    *("{0} {1}", "{0} OR {1}", "{0} | {1}", "{0} NOT {1}", "{0} & !{1}", "NEAR({0} {1}, 9)"),
    *("id : {0}", "words : {0}", "{0} <-> {1}", '"{0}" OR "', "' OR 1=1 -- {0}", "^{0} + {1}"),
]
"""Searches for that word and others, which are in no row with it."""


class Search(Facts):
    """Lists of the rows that have some words."""

    @classmethod
    async def saying(cls, client: AsyncClient, /, **words: str) -> Json:
        """Create a row with these words, and another one in the other texts."""
        others = {n: f.words[2] for n, f in cls.searched().items() if not cls.varies(n)}
        return await cls.create(client, **others | words)

    @classmethod
    async def found(cls, client: AsyncClient, q: str) -> list[Json]:
        return await cls.listed(client, q=q, sort="id")

    @where(lambda feature: feature.searched())
    async def test_list_can_be_searched_for_a_word(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        for name, field in self.searched().items():
            rows = [await self.saying(client, **{name: each}) for each in field.words[:2]]
            word = said(field.words[0])
            for q in (word, word.upper(), word[:-1] or word, f"{word} {word}"):
                with subtests.test(f"{name} {q}"):
                    query: Json = {"q": q, "total": True}
                    page = (await client.get(self.path, params=query)).json()
                    assert page == {"items": rows[:1], "next_cursor": None, "total": 1}
            for q in (f"{word}{word}", f"{word[:-1]} {word}" if len(word) > 1 else "zz"):
                with subtests.test(f"{name} {q}"):
                    assert await self.found(client, q) == []
            for row in rows:
                await client.delete(self.path_of(row))

    @where(lambda feature: len(feature.searched()) > 1)
    async def test_words_may_be_in_several_texts(self, client: AsyncClient) -> None:
        (first, one), (last, two), *_ = self.searched().items()
        await self.saying(client, **{first: one.words[0]})
        row = await self.saying(client, **{first: one.words[1], last: two.words[0]})

        words = said(one.words[1]), said(two.words[0])
        for q in (" ".join(words), " ".join(words[::-1])):
            assert await self.found(client, q) == [row]

    @where(lambda feature: feature.searched())
    async def test_search_takes_signs_for_no_more_than_ends_of_words(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        name, field = next(iter(self.searched().items()))
        words = [said(each) for each in field.words[:2]]
        rows = [await self.saying(client, **{name: each}) for each in field.words[:2]]
        expected = [(form, rows[:1]) for form in FINDING] + [(form, []) for form in FINDING_NOTHING]
        for form, found in expected:
            q = form.format(*words)
            with subtests.test(q):
                assert await self.found(client, q) == found

    @where(lambda feature: feature.searched())
    async def test_search_without_a_word_is_refused(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        for q in (*WITHOUT_WORDS, TOO_LONG, NUL):
            with subtests.test(repr(q[:9])):
                response = await client.get(self.path, params={"q": q})
                assert response.status_code == 422
                assert [*response.json()["errors"]] == ["query.q"]

    @where(lambda feature: feature.searched())
    async def test_row_is_found_by_what_it_says_now(self, client: AsyncClient) -> None:
        for name in self.searched().keys() & self.with_method("PATCH").keys():
            before, after, _ = self.searched()[name].words
            row = await self.saying(client, **{name: before})
            row = (await client.patch(self.path_of(row), json={name: after})).json()
            assert await self.found(client, said(before)) == []
            assert await self.found(client, said(after)) == [row]
            await client.delete(self.path_of(row))
            assert await self.found(client, said(after)) == []

    @where(lambda feature: feature.searched() and feature.owned)
    async def test_search_finds_only_the_callers_rows(
        self, client: AsyncClient, other: AsyncClient
    ) -> None:
        name, field = next(iter(self.searched().items()))
        theirs = await self.saying(other, **{name: field.words[0]})
        query: Json = {"q": said(field.words[0]), "total": True}

        page = (await client.get(self.path, params=query)).json()

        assert page == {"items": [], "next_cursor": None, "total": 0}
        assert await self.found(other, query["q"]) == [theirs]


def said(text: str) -> str:
    return text.rstrip(".")
