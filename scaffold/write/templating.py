"""The house style, in templates that read like the code they make."""

import ast
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,  # noqa: S701  # Python, not HTML
)


def rendered(template: str, **names: object) -> str:
    return _TEMPLATES.get_template(f"{template}.jinja").render(names) + "\n"


def with_used_imports(code: str) -> str:
    """Drop the others, also those of a name that the code itself defines."""
    lines, module = code.splitlines(), ast.parse(code)
    names = [node for node in ast.walk(module) if isinstance(node, ast.Name)]
    used = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    for each in reversed(module.body):
        if isinstance(each, ast.ImportFrom):
            each.names = [name for name in each.names if (name.asname or name.name) in used]
            lines[each.lineno - 1 : each.end_lineno] = [ast.unparse(each)] if each.names else []
    return "\n".join(lines) + "\n"
