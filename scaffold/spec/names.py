"""Names that a feature and its fields may have, and their spellings."""

import keyword
import re
from collections.abc import Collection
from difflib import get_close_matches

from sqlalchemy.dialects.postgresql.base import RESERVED_WORDS
from sqlalchemy.dialects.sqlite.base import SQLiteIdentifierPreparer

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
IDENTIFIER_BYTES = 63  # PostgreSQL cuts longer ones off in silence

SQL = RESERVED_WORDS | SQLiteIdentifierPreparer.reserved_words
ENTITY = {"id", "version", "created_at", "updated_at"}
QUERY = {"limit", "cursor", "skip", "sort", "total"}
# Attributes of every class of SQLModel and Pydantic; a test compares.
MODEL = {
    "construct", "copy", "dict", "from_orm", "json", "metadata", "model_computed_fields",
    "model_config", "model_construct", "model_copy", "model_extra", "model_fields",
    "model_fields_set", "model_json_schema", "model_parametrized_name", "model_post_init",
    "model_rebuild", "parse_file", "parse_obj", "parse_raw", "registry", "schema", "schema_json",
    "update_forward_refs", "validate",
}  # fmt: skip
MODEL_PREFIXES = ("model_dump", "model_validate", "sqlmodel_")
# Names with another meaning in the files of a feature and in create_app.
VARIABLES = {
    "annotations", "api", "app", "build", "capabilities", "capability", "changes", "client", "data",
    "database", "datetime", "drain", "each", "field", "if_match", "model", "observers",
    "op", "other", "payload", "pytest", "query", "response", "router", "running", "sa", "self",
    "service", "session", "settings", "src", "tests", "typing",
}  # fmt: skip
CLASSES = {
    "annotated", "any", "async_client", "bool", "crud_service", "check_constraint", "date",
    "decimal", "digits", "email", "entity", "entity_response", "exact", "field", "float",
    "float_query", "foreign_key_constraint", "http_status", "idempotent_answer", "if_match",
    "index", "int32", "int32_query", "json", "json_column", "json_object",
    "literal", "non_blank", "owned", "page", "page_query", "payload", "query", "resource_router",
    "safe_int", "safe_int_query", "sql_model", "string", "text", "timestamp", "trimmed",
    "unique_constraint", "url", "uuid",
}  # fmt: skip
# Tables that the service has besides its features, and those of its tests.
TABLES = {
    "alembic_version", "idempotent_answers", "login_attempts", "thing", "thing_part",
    "thing_parts", "things", "tokens",
}  # fmt: skip


def fault_of_name(name: str) -> str | None:
    """Tell why nothing can have this name."""
    if not NAME.fullmatch(name):
        return "must be lower-case words of a-z and 0-9, joined by _"
    if keyword.iskeyword(name) or keyword.iskeyword(name.title()):
        return "is a reserved word of Python"
    return None


def fault_of_field(name: str) -> str | None:
    reasons = {
        "is a reserved word of SQL": name in SQL,
        "is a reserved word of SQLModel": name in MODEL or name.startswith(MODEL_PREFIXES),
        "is a field of every feature": name in ENTITY,
        "is a parameter of every list": name in QUERY,
    }
    return fault_of_name(name) or next((why for why, holds in reasons.items() if holds), None)


def fault_of_feature(name: str, plural: str) -> str | None:
    for each in (name, plural):
        if fault := fault_of_name(each):
            return f"{each} {fault}"
        if each in VARIABLES | CLASSES | TABLES:
            return f"{each} has a meaning of its own in the files of a feature"
    if plural in SQL:
        return f"{plural} is a reserved word of SQL: use --plural"
    return f"the plural of {name} must differ from it: use --plural" if name == plural else None


def guess(wrong: str, known: Collection[str]) -> str:
    """Return the end of an error about an unknown name: the most similar name, if there is one."""
    close = get_close_matches(wrong, known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else f"; there is {', '.join(sorted(known))}"


def plural_of(name: str) -> str:
    if re.search(r"[^aeiou]y$", name):
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x", "z", "ch", "sh")) else f"{name}s"


def class_of(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def words_of(name: str) -> str:
    return name.replace("_", " ")
