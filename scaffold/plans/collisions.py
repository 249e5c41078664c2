"""Names of a feature that the code around it has already, read from that code."""

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path

from pydantic import BaseModel, create_model

from scaffold.apply.tree import Tree
from scaffold.edit.registration import MAIN, parsed, registered
from scaffold.spec.feature import Feature
from scaffold.spec.link_tables import tables_of

DEFINITION = re.compile(r"^(?:class|(?:async )?def) (\w+)", re.MULTILINE)
DOCUMENTED = ("src/schemas/", "src/api/routes/", "src/jobs/kinds/")
SCHEMA = re.compile(r"^class (\w+)\((?:JsonModel|BaseModel|TypedDict)\b", re.MULTILINE)
TABLE = re.compile(r'^    __tablename__ = "(\w+)"', re.MULTILINE)


def inherited(feature: Feature) -> Iterator[str]:
    """Yield names of fields that the classes of every feature have already."""
    columns = [field.column for field in feature.fields]
    table = ("models.owned", "Owned") if feature.owned else ("models.base", "Entity")
    shown = [*columns, *(each.name for each in feature.included)]
    rows = [(*table, columns), ("schemas.base", "EntityResponse", shown)]
    for module, base, names in (
        *(rows if feature.has_table else ()),
        ("schemas.base", "Payload", columns),
        ("schemas.page", "PageQuery", feature.filters),
    ):
        yield from _taken_by(getattr(import_module(f"src.{module}"), base), names)


def collisions(tree: Tree, feature: Feature, files: Mapping[str, str]) -> Iterator[str]:
    """Yield names that would stand for two things."""
    code = {path: text for path, text in files.items() if path.startswith(("src/", "tests/"))}
    for path, text in code.items():
        yield from (f"{each} would have two meanings in {path}" for each in _ambiguous(text))
    main = tree.read(MAIN)
    if feature.plural not in registered(main) and feature.plural in _bound(ast.walk(parsed(main))):
        yield f"{feature.plural} has another meaning in {MAIN}: use --plural"
    yield from _defined_elsewhere(tree, feature, code)


def _taken_by(base: type[BaseModel], names: Iterable[str]) -> Iterator[str]:
    with warnings.catch_warnings(action="error"):
        for name in names:
            try:
                if name not in base.model_fields:
                    fields = {name: (object, None)}
                    create_model("Trial", __base__=base, **fields).model_construct(**{name: None})  # type: ignore[call-overload]  # no literal names
                    continue
            except Exception:  # noqa: BLE001, S110  # any error means that there is no such model
                pass
            yield f"{name} is a part of every {base.__name__} already: choose another name"


def _ambiguous(text: str) -> Iterator[str]:
    """Yield names that a module binds twice, and fields whose names their class uses."""
    module = ast.parse(text)
    names = [*_bound(node for each in module.body for node in _targets(each))]
    yield from (name for name in names if names.count(name) > 1)
    for each in ast.walk(module):
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            each.body.clear()  # whose names are its own
    for each in ast.walk(module):
        if isinstance(each, ast.ClassDef):
            nodes = [node for node in ast.walk(each) if isinstance(node, ast.Name)]
            used = {node.id for node in nodes if isinstance(node.ctx, ast.Load)}
            yield from used.intersection(_bound(nodes))


def _targets(statement: ast.stmt) -> list[ast.AST]:
    match statement:
        case ast.Import(names) | ast.ImportFrom(names=names):
            return [*names]
        case ast.Assign(targets):
            return [*targets]
    return [statement]


def _bound(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        match node:
            case ast.alias(name, None) | ast.alias(asname=str(name)) | ast.arg(name):
                yield name
            case ast.ClassDef(name) | ast.FunctionDef(name) | ast.AsyncFunctionDef(name):
                yield name
            case ast.Name(name, ast.Store()):
                yield name


def _defined_elsewhere(tree: Tree, feature: Feature, code: Mapping[str, str]) -> Iterator[str]:
    """Yield schemas and handlers, whose names are those of the API's document, and tables."""
    tables = {feature.plural, *(each.name for each in tables_of(feature, {}))}
    mine = {Path(path).parent: {*DEFINITION.findall(text)} for path, text in code.items()}
    schemas = {name for path, text in code.items() for name in _schemas_in(path, text)}
    for path, text in code_of(tree).items():
        if path not in code:
            taken = schemas.intersection(_schemas_in(path, text))
            if path.startswith(DOCUMENTED):
                taken |= mine.get(Path(path).parent, set()).intersection(DEFINITION.findall(text))
            for name in sorted(taken):
                yield f"{path} defines {name}, too: choose another name"
            for table in tables.intersection(TABLE.findall(text)):
                yield f"{path} has a table {table}: use --plural, or another name"


def _schemas_in(path: str, text: str) -> list[str]:
    """Return the classes of a module that the API's document may name."""
    pattern = DEFINITION if path.startswith(DOCUMENTED) else SCHEMA
    names = pattern.findall(text) if path.startswith("src/") else []
    return [name for name in names if name[0].isupper()]


def tables_of_models(tree: Tree) -> set[str]:
    return {table for text in code_of(tree).values() for table in TABLE.findall(text)}


def code_of(tree: Tree) -> dict[str, str]:
    files = (each for top in ("src", "tests") for each in (tree.root / top).rglob("*.py"))
    paths = (str(each.relative_to(tree.root)) for each in files)
    return {path: tree.read(path) for path in paths}
