"""Every word of Python, SQL, the libraries and the templates is a name, or refused with a reason."""

import builtins
import ctypes
import ctypes.util
import keyword
import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import batched
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, text
from sqlmodel import SQLModel

from scaffold.apply.gates import gates_for, prove
from scaffold.apply.plan import carry_out
from scaffold.apply.tree import Tree
from scaffold.errors import RefusedError
from scaffold.plans import collisions as module
from scaffold.plans import files
from scaffold.plans.add import to_add
from scaffold.plans.collisions import code_of, collisions, inherited
from scaffold.spec.feature import Feature
from scaffold.spec.names import NAME, plural_of, singular_of, words
from scaffold.spec.parse import parse_feature, parse_field
from scaffold.spec.parts import Capability, Part, load_parts
from scaffold.spec.records import load_features
from scaffold.write.ruff import tidied
from tests.databases import postgres_server

LISTS = [(name, kind) for name in ("postgresql", "sqlite") for kind in ("reserved", "others")]
TEMPLATES = Path("scaffold/write/templates").glob("*.py.jinja")
CODE = {
    re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    for template in TEMPLATES
    for name in re.findall(r"[A-Za-z]\w*", template.read_text(encoding="utf-8"))
}
WORDS = sorted(
    word
    for word in {
        each.lower()
        for each in (
            *(word for each in LISTS for word in words(*each)),
            *words("postgresql", "columns"),
            *keyword.kwlist,
            *keyword.softkwlist,
            *dir(builtins),
            *dir(SQLModel),
            *CODE,
        )
    }
    if NAME.fullmatch(word)
)
TOGETHER = 40
"""Fields of one feature."""
REASONS = (
    "is a reserved word of Python",
    "that SQLAlchemy does not quote",
    "is a column that PostgreSQL adds to every table",
    "already: choose another name",
    "would have two meanings in",
    "has another meaning in src/main.py",
    "too: choose another name",
    "has a table",
    "has this name already",
    "must differ from it",
    "in the way",
)
REFUSED = 90
"""So many at most, or names are refused that could work."""
SAMPLE = int(os.environ.get("SCAFFOLD_WORDS", "7"))
"""Of so many words, one is tried on both databases."""
FEATURES = load_features(Path())


def sorted_out(
    words: Iterable[str], faults_of: Callable[[Sequence[str]], Iterator[str]]
) -> tuple[list[str], dict[str, str]]:
    """Return the words without a fault, and the others with theirs, which begins with the word."""
    accepted: list[str] = []
    refused: dict[str, str] = {}
    for batch in batched(words, TOGETHER):
        rest = [*batch]
        while fault := next(faults_of(rest), None):
            word = next(word for word in rest if fault.startswith((f"{word} ", f"{word}_id ")))
            refused[word] = fault
            rest.remove(word)
        accepted += rest
    return accepted, refused


def faults_of_fields(pattern: str) -> Callable[[Sequence[str]], Iterator[str]]:
    def faults(words: Sequence[str]) -> Iterator[str]:
        for word in words:
            try:
                parse_field(pattern.format(word))
            except RefusedError as error:
                yield str(error).removeprefix(f"{pattern.format(word)}: ")
        feature = sample(words, pattern)
        yield from inherited(feature)
        yield from collisions(Tree(Path()), feature, files.files_of(feature, FEATURES))

    return faults


def sample(words: Sequence[str], pattern: str) -> Feature:
    tokens = [pattern.format(word) for word in words]
    return parse_feature("sample", tokens, owned=":ref:" in pattern)  # as projects are


@pytest.mark.parametrize("pattern", ["{}:str", "{}:int:index", "{}:ref:project"])
def test_every_word_is_a_field_or_refused_with_a_reason(pattern: str) -> None:
    accepted, refused = sorted_out(WORDS, faults_of_fields(pattern))

    report(pattern, accepted, refused)


def test_every_word_is_a_feature_or_refused_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    around = code_of(Tree(Path()))
    monkeypatch.setattr(files, "tidied", lambda each: each)  # at once below, which is quicker
    monkeypatch.setattr(module, "code_of", lambda _: around)
    features, refused = {}, {}
    for word in WORDS:
        try:
            features[word] = parse_feature(word, ["name:str:unique"])
        except RefusedError as error:
            refused[word] = str(error)
    raw = {
        f"{word}/{path}": text
        for word, feature in features.items()
        for path, text in files.files_of(feature, FEATURES).items()
        if path.endswith(".py")
    }
    code: dict[str, dict[str, str]] = {word: {} for word in features}
    for path, tidy in tidied(raw).items():
        word, _, rest = path.partition("/")
        code[word][rest] = tidy
    for word, feature in features.items():
        if fault := next(collisions(Tree(Path()), feature, code[word]), None):
            refused[word] = fault

    report("feature", [word for word in WORDS if word not in refused], refused)


def report(kind: str, accepted: Sequence[str], refused: dict[str, str]) -> None:
    print(f"{kind}: {len(accepted) + len(refused)} words, {len(refused)} refused")
    for word, fault in refused.items():
        print(f"  {word}: {fault}")
    assert not [fault for fault in refused.values() if not any(each in fault for each in REASONS)]
    assert len(refused) <= REFUSED


def test_every_word_that_is_a_field_can_be_compared() -> None:
    fields, _ = sorted_out(WORDS, faults_of_fields("{}:int"))
    for batch in batched(fields, TOGETHER):
        rules = [f"{each} > 0" for each in batch]
        feature = parse_feature("sample", [f"{each}:int" for each in batch], checks=rules)
        faults = collisions(Tree(Path()), feature, files.files_of(feature, FEATURES))
        assert all("would have two meanings in" in each for each in faults)


def test_tests_of_the_core_leave_the_names_of_features() -> None:
    """Those of a feature `transaction` are in `test_transactions.py`."""
    own = {path for part in load_parts(Path()).values() for path in files_made_for(part)}
    paths = (each for each in Path("tests/integration").glob("test_*.py") if str(each) not in own)
    names = [each.stem.removeprefix("test_") for each in paths]
    plurals = [each for each in names if plural_of(singular_of(each)) == each]

    assert [each for each in plurals if not each.startswith("thing")] == []


def files_made_for(part: Part) -> list[str]:
    return [*part.all_files] if isinstance(part, Capability) else [*part.files, *part.code_paths]


def test_every_word_is_a_member_of_an_enum() -> None:
    assert parse_field(f"state:enum:{','.join(WORDS)}").arguments == tuple(WORDS)


def test_sample_of_the_words_works_on_both_databases(root: Path) -> None:
    fields, _ = sorted_out(WORDS[::SAMPLE], faults_of_fields("{}:str:index"))
    kinds = ("str:index", "int", "enum:none,null,low", "text", "bool")
    features = [
        parse_feature(f"sample{n}", [f"{word}:{kinds[m % 5]}" for m, word in enumerate(batch)])
        for n, batch in enumerate(batched(fields, TOGETHER))
    ]
    references = [f"{word}:ref:project:optional" for word in ("class", "from", "self", "order")]
    features += [
        parse_feature("pointer", references, owned=True),
        parse_feature("sorting", ["order:str:unique", "sort:ref:sorting:optional"], plural="order"),
        parse_feature("email", ["index:int:unique"], plural="references"),
        parse_feature(
            "span",
            ["start:datetime", "end:datetime", "order:int", "limit:int", "desc:date"],
            checks=["end > start", "order < limit", "desc >= 2030-01-01"],
        ),
    ]
    tree, paths = Tree(root), list[str]()
    for feature in features:
        plan = to_add(tree, feature)
        carry_out(tree, plan)
        paths += plan

    prove(root, gates_for(sorted({*paths}), postgres=True))


def test_words_of_sqlite_are_those_of_the_library() -> None:
    library = ctypes.CDLL(ctypes.util.find_library("sqlite3"))
    word, length = ctypes.c_char_p(), ctypes.c_int()
    found = set()
    for number in range(library.sqlite3_keyword_count()):
        library.sqlite3_keyword_name(number, ctypes.byref(word), ctypes.byref(length))
        found.add(ctypes.string_at(word, length.value).decode().lower())

    assert found <= words("sqlite", "reserved") | words("sqlite", "others")
    assert {each for each in found if not stands_without_quotes(each)} <= words(
        "sqlite", "reserved"
    )


def stands_without_quotes(word: str) -> bool:
    try:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.execute(f"CREATE TABLE one (a int, {word} text CHECK ({word} IN ('a')))")
            connection.execute(f"CREATE TABLE {word} (a int)")
            connection.execute(f"INSERT INTO one ({word}) VALUES ('a')")  # noqa: S608
            rows = connection.execute(f"SELECT a, {word} FROM one").fetchall()  # noqa: S608
    except sqlite3.Error:
        return False
    return rows == [(None, "a")]


def test_words_of_postgresql_are_those_of_the_server() -> None:
    with postgres_server() as url:
        engine = create_engine(url, poolclass=NullPool)
        with engine.connect() as connection:
            query = "SELECT word, catcode IN ('R', 'T') FROM pg_get_keywords()"
            found = {word: reserved for word, reserved in connection.execute(text(query)).all()}
            query = "SELECT DISTINCT attname FROM pg_attribute WHERE attnum < 0"
            columns = {*connection.execute(text(query)).scalars()}

    assert found.keys() <= words("postgresql", "reserved") | words("postgresql", "others")
    assert {word for word, reserved in found.items() if reserved} <= words("postgresql", "reserved")
    assert columns <= words("postgresql", "columns")
