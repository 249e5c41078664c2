"""How large each part is, how long functions are, and how often a type is not known."""

import ast
import subprocess
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from statistics import median, quantiles

PARTS = ("src", "alembic", "tests", "scaffold", "docs", "examples", "workshop")
COUNTED = {".py", ".jinja", ".toml", ".md"}


def show() -> None:
    for part in PARTS:
        paths = [path for path in tracked(part) if path.suffix in COUNTED]
        lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)
        print(f"{part}: {lines:,} lines in {len(paths)} files")
    for part in ("src", "scaffold", "tests"):
        lengths = list(chain.from_iterable(map(function_lengths, trees(part))))
        p90 = quantiles(lengths, n=10)[-1]
        print(
            f"functions of {part}: median {median(lengths):.0f}, p90 {p90:.0f}, max {max(lengths)}"
        )
    show_unknown_types()


def show_unknown_types() -> None:
    code = sum(code_lines(path) for path in tracked("src") if path.suffix == ".py") / 1000
    nodes = list(chain.from_iterable(map(ast.walk, trees("src"))))
    used = sum(isinstance(node, ast.Name) and node.id == "Any" for node in nodes)
    imported = sum(isinstance(node, ast.alias) and node.name == "Any" for node in nodes)
    print(
        f"Any in src: {used}, {used / code:.1f} per 1,000 lines of code;"
        f" with its imports {used + imported}, {(used + imported) / code:.1f}"
    )


def tracked(part: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", part], capture_output=True, encoding="utf-8", check=True
    ).stdout
    return [Path(line) for line in listed.splitlines() if Path(line).exists()]


def trees(part: str) -> Iterator[ast.Module]:
    return (
        ast.parse(path.read_text(encoding="utf-8"))
        for path in tracked(part)
        if path.suffix == ".py"
    )


def function_lengths(tree: ast.Module) -> Iterator[int]:
    """Yield the lines of each function, without its decorators and its docstring."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield lines_of(node) - sum(map(lines_of, docstrings(node.body[:1])))


def code_lines(path: Path) -> int:
    """Count the lines that are neither blank nor comment nor docstring."""
    text = path.read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines()]
    code = sum(bool(line) and not line.startswith("#") for line in lines)
    texts = docstrings(ast.walk(ast.parse(text)))
    documented = set(chain.from_iterable(range(n.lineno - 1, end_of(n)) for n in texts))
    return code - sum(bool(lines[number]) for number in documented)


def docstrings(nodes: Iterable[ast.AST]) -> Iterator[ast.Expr]:
    """Yield the texts that stand alone, those of attributes too."""
    for node in nodes:
        match node:
            case ast.Expr(value=ast.Constant(value=str())):
                yield node


def lines_of(node: ast.stmt) -> int:
    return end_of(node) - node.lineno + 1


def end_of(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno
