"""A feature's lines in the three files that know every feature."""

import re
from collections.abc import Callable, Mapping
from functools import partial

import libcst as cst

from scaffold.errors import RefusedError
from scaffold.import_lines import add_import, remove_import
from scaffold.listing import Listing
from scaffold.names import class_of
from scaffold.source import PlaceMissingError, Source, formatted

MAIN = "src/main.py"
MODELS = "src/models/__init__.py"
DEPENDENCIES = "src/api/dependencies.py"
ROUTER = re.compile(r"(?P<router>\w+) = APIRouter\(")
INCLUSION = re.compile(r"(?P<router>\w+)\.include_router\(\s*(?P<module>\w+)\.")
ALIAS = re.compile(r"(?P<name>\w+) = Annotated\[")
EXPORTS = re.compile(r"__all__ = [\[(]")

type Edits = dict[str, list[Callable[[str], str]]]


def register(
    texts: Mapping[str, str], name: str, plural: str, *, owned: bool = False
) -> dict[str, str]:
    """The three files with the feature in them; twice is as good as once."""
    entity, service = class_of(name), f"{class_of(name)}Service"
    provide = "provide_own" if owned else "provide"
    edits: Edits = {
        MAIN: [
            partial(add_import, module="src.api.routes", name=plural),
            partial(add_router, plural=plural),
        ],
        MODELS: [
            partial(add_import, module=f"src.models.{name}", name=entity),
            partial(add_export, entity=entity),
        ],
        DEPENDENCIES: [
            partial(add_import, module=f"src.services.{name}", name=service),
            partial(add_alias, service=service, provide=provide),
        ],
    }
    return _edited(texts, edits)


def unregister(texts: Mapping[str, str], name: str, plural: str) -> dict[str, str]:
    entity, service = class_of(name), f"{class_of(name)}Service"
    edits: Edits = {
        MAIN: [
            partial(remove_router, plural=plural),
            partial(remove_import, module="src.api.routes", name=plural),
        ],
        MODELS: [
            partial(remove_export, entity=entity),
            partial(remove_import, module=f"src.models.{name}", name=entity),
        ],
        DEPENDENCIES: [
            partial(remove_alias, service=service),
            partial(remove_import, module=f"src.services.{name}", name=service),
        ],
    }
    return _edited(texts, edits)


def _edited(texts: Mapping[str, str], edits: Edits) -> dict[str, str]:
    changed = {}
    for path, functions in edits.items():
        text = texts[path]
        try:
            for function in functions:
                text = function(text)
        except PlaceMissingError as error:
            raise RefusedError(f"{path}: put back {error}.") from None
        except cst.ParserSyntaxError as error:
            raise RefusedError(f"{path}: {error.message}") from None
        changed[path] = text
    return changed


def add_router(text: str, plural: str) -> str:
    source = Source(text)
    inclusions = source.statements_like(INCLUSION)
    if any(match["module"] == plural for _, match in inclusions):
        return text
    routers = source.statements_like(ROUTER)
    if not routers:
        raise PlaceMissingError("the line `api = APIRouter(prefix=API, ...)` in create_app")
    router, api = routers[0]
    indent = source.indent(router)
    same = [
        statement
        for statement, match in inclusions
        if match["router"] == api["router"] and source.indent(statement) == indent
    ]
    line = f"{indent}{api['router']}.include_router({plural}.router)"
    return source.with_lines_after(same[-1] if same else router, line)


def remove_router(text: str, plural: str) -> str:
    """Those that people have added to the feature, too."""
    source = Source(text)
    for statement, match in source.statements_like(INCLUSION):
        if match["module"] == plural:
            return remove_router(source.without_lines_of(statement), plural)
    return text


def add_export(text: str, entity: str) -> str:
    listing = _exports_of(Source(text))
    return text if f'"{entity}"' in listing.names else listing.having(f'"{entity}"')


def remove_export(text: str, entity: str) -> str:
    listing = _exports_of(Source(text))
    return listing.lacking(f'"{entity}"') if f'"{entity}"' in listing.names else text


def add_alias(text: str, service: str, provide: str) -> str:
    source = Source(text)
    aliases = source.statements_like(ALIAS)
    if any(match["name"] == f"{service}Dep" for _, match in aliases):
        return text
    provider = text.find("\ndef provide[")
    if not aliases or source.span(aliases[-1][0])[0] < provider:
        raise PlaceMissingError("the line `IfMatch = Annotated[...]` below the function provide")
    alias = f"{service}Dep = Annotated[{service}, Depends({provide}({service}))]"
    return source.with_lines_after(aliases[-1][0], formatted(alias))


def remove_alias(text: str, service: str) -> str:
    source = Source(text)
    for statement, match in source.statements_like(ALIAS):
        if match["name"] == f"{service}Dep":
            return source.without_lines_of(statement)
    return text


def _exports_of(source: Source) -> Listing:
    for statement, _ in source.statements_like(EXPORTS):
        value = cst.ensure_type(statement.body[0], cst.Assign).value
        if isinstance(value, cst.List | cst.Tuple) and value.elements:
            return Listing(source, statement, value.elements)
    raise PlaceMissingError('the list `__all__ = ["IdempotentAnswer"]`')
