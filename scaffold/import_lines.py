"""Imports of single names from modules of ours."""

from typing import NamedTuple

import libcst as cst

from scaffold.listing import Listing, natural
from scaffold.source import PlaceMissingError, Source, formatted


class Import(NamedTuple):
    module: str
    statement: cst.SimpleStatementLine
    listing: Listing


def add_import(text: str, module: str, name: str) -> str:
    imports = _imports_of(source := Source(text))
    same = [each.listing for each in imports if each.module == module]
    if any(name in listing.names for listing in same):
        return text
    if same:
        return same[0].having(name)
    own = [each for each in imports if each.module.startswith("src.")]
    if not own:
        raise PlaceMissingError("an import from src, for those of the features to stand next to")
    line = formatted(f"from {module} import {name}")
    before = [each for each in own if natural(each.module) < natural(module)]
    if before:
        return source.with_lines_after(before[-1].statement, line)
    return source.with_lines_before(own[0].statement, line)


def remove_import(text: str, module: str, name: str) -> str:
    for each in _imports_of(source := Source(text)):
        if each.module == module and name in each.listing.names:
            if each.listing.names == [name]:
                return source.without_lines_of(each.statement)
            return each.listing.lacking(name)
    return text


def _imports_of(source: Source) -> list[Import]:
    return [
        Import(source.shown(part.module), statement, Listing(source, statement, part.names))
        for statement in source.tree.body
        if isinstance(statement, cst.SimpleStatementLine)
        for part in statement.body
        if isinstance(part, cst.ImportFrom) and part.module
        if not isinstance(part.names, cst.ImportStar)
    ]
