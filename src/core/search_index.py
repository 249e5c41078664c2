"""The indexes of words: an index of PostgreSQL, on SQLite a table of FTS5 with triggers."""

from collections.abc import Sequence

from src.core.search_characters import END, FOLD, TOLD, characters

PREFIX = "search_of_"
LONGEST = 200
"""Characters of a search."""
# PostgreSQL holds no word of 2,048 bytes: of a longer one it gets more than a search can have.
_POSTGRESQL = (
    """CREATE OR REPLACE FUNCTION search_words(text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
    SELECT array_to_tsvector(array(
        SELECT left(
            CASE WHEN word ~ '[{upper}]' THEN translate(word, '{upper}', '{lower}') ELSE word END,
            {longest} + 1
        )
        FROM (SELECT DISTINCT regexp_split_to_table($1 COLLATE "C", '[{end}]+')) AS words(word)
        WHERE word <> ''
    ))
    $$""",
    'CREATE INDEX "{name}" ON "{table}" USING gin (search_words({texts}))',
    "COMMENT ON INDEX \"{name}\" IS '{columns}'",
)
_NOT_ON_POSTGRESQL = (
    'DROP INDEX "{name}"',
    """DO $$ BEGIN
        DROP FUNCTION search_words(text);
    EXCEPTION WHEN dependent_objects_still_exist THEN  -- another table has a search, too
    END $$""",
)
# Its own rows have other numbers, and the table's would change with VACUUM: the id is a word, too.
_SQLITE = (
    'CREATE VIRTUAL TABLE "{name}" USING fts5(id, words, tokenize="{tokens}")',
    'INSERT INTO "{name}" SELECT id, {texts} FROM "{table}"',
    """CREATE TRIGGER "{name}_insert" AFTER INSERT ON "{table}" BEGIN
        INSERT INTO "{name}" VALUES (new.id, {new});
    END""",
    """CREATE TRIGGER "{name}_update" AFTER UPDATE OF {columns} ON "{table}"
    WHEN {old} IS NOT {new} BEGIN
        UPDATE "{name}" SET words = {new} WHERE "{name}" MATCH 'id : "' || old.id || '"';
    END""",
    """CREATE TRIGGER "{name}_delete" AFTER DELETE ON "{table}" BEGIN
        DELETE FROM "{name}" WHERE "{name}" MATCH 'id : "' || old.id || '"';
    END""",
)
_NOT_ON_SQLITE = (
    'DROP TRIGGER IF EXISTS "{name}_insert"',
    'DROP TRIGGER IF EXISTS "{name}_update"',
    'DROP TRIGGER IF EXISTS "{name}_delete"',
    'DROP TABLE "{name}"',
)


def created(dialect: str, table: str, columns: Sequence[str]) -> list[str]:
    """Return the statements that make the index of a table, and fill it."""
    return _written(_POSTGRESQL if dialect == "postgresql" else _SQLITE, table, columns)


def dropped(dialect: str, table: str, columns: Sequence[str]) -> list[str]:
    statements = _NOT_ON_POSTGRESQL if dialect == "postgresql" else _NOT_ON_SQLITE
    return _written(statements, table, columns)


def joined(columns: Sequence[str], row: str = "") -> str:
    """Write the texts of a row as one."""
    return " || ' ' || ".join(f"coalesce({row}\"{column}\", '')" for column in columns)


def _written(statements: Sequence[str], table: str, columns: Sequence[str]) -> list[str]:
    parts = {
        "name": f"{PREFIX}{table}",
        "table": table,
        "columns": ", ".join(f'"{column}"' for column in columns),
        "texts": joined(columns),
        "old": f"({joined(columns, 'old.')})",
        "new": f"({joined(columns, 'new.')})",
        "tokens": f"unicode61 remove_diacritics 0 categories 'L* N* Mn Mc' "
        f"separators '{''.join(characters(TOLD))}'",
        "upper": "".join(FOLD),
        "lower": "".join(FOLD.values()),
        "longest": str(LONGEST),
        "end": END,
    }
    return [each.format_map(parts) for each in statements]
