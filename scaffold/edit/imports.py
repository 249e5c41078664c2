"""Imports that generated code needs, where a person had no more use for them."""

import ast
from collections.abc import Iterable, Iterator, Mapping

from scaffold.write.ruff import tidied


def with_imports(
    files: Mapping[str, str], generated: Mapping[str, str], merged: Iterable[str]
) -> dict[str, str]:
    """Add to each file the imports of its generated text whose names it uses and lacks.

    Sort those of the ``merged`` ones, too: the lines of a person and of the generator stand in the
    order in which they came.
    """
    modules = {path: parsed(text) for path, text in files.items() if path.endswith(".py")}
    missing = {
        path: [*_missing(module, ast.parse(generated[path]))]
        for path, module in modules.items()
        if module
    }
    changed = {
        path: _with_lines(files[path], modules[path], missing[path])
        for path in missing
        if missing[path] or path in {*merged}
    }
    return {**files, **tidied(changed)}


def parsed(text: str) -> ast.Module | None:
    """Return None for a text with an error, which the checks will tell."""
    try:
        return ast.parse(text)
    except SyntaxError:
        return None


def _missing(module: ast.Module, generated: ast.Module) -> Iterator[str]:
    names = [each for each in ast.walk(module) if isinstance(each, ast.Name)]
    used = {each.id for each in names if isinstance(each.ctx, ast.Load)}
    bound = {each.id for each in names if isinstance(each.ctx, ast.Store)}
    bound |= {each.asname or each.name for each in ast.walk(module) if isinstance(each, ast.alias)}
    bound |= {getattr(each, "name", "") for each in module.body}  # of classes and functions
    for each in generated.body:
        if isinstance(each, ast.ImportFrom):
            for alias in each.names:
                if (alias.asname or alias.name) in used - bound:
                    yield ast.unparse(ast.ImportFrom(each.module, [alias], each.level))


def _with_lines(text: str, module: ast.Module | None, added: list[str]) -> str:
    """Write the lines above the first import; ruff sorts them."""
    statements = module.body if module else []
    imports = (each for each in statements if isinstance(each, ast.Import | ast.ImportFrom))
    place = next((each.lineno - 1 for each in imports), 0)
    lines = text.split("\n")
    return "\n".join([*lines[:place], *added, *lines[place:]])
