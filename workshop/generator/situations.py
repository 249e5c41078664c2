"""Trees as people make them from the template, at any of its commits."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

BOOK, CHAPTER = (
    ("add", "book", "title:str:unique", "pages:int:optional"),
    ("add", "chapter", "book:ref", "heading:str"),
)
STAR = ("add", "star", "label:str:unique")
PRINT = ("job", "print_books", "book:ref", "copies:int:ge=1:le=9")
EDITED = (("edit",), ("field", "book", "note:str:optional"))

type Steps = Sequence[Sequence[str]]

SITUATIONS: dict[str, Steps] = {
    "plain": [BOOK, CHAPTER, STAR],
    "plain, edited": [BOOK, CHAPTER, *EDITED],
    "blank": [("blank",), BOOK, CHAPTER],
    "blank, edited": [("blank",), BOOK, CHAPTER, *EDITED],
    "access only": [("blank", "--without", "metrics"), BOOK],
    "no access": [("blank", "--without", "access"), BOOK],
    "an example": [("blank", "--with", "experiment"), BOOK],
    "renamed": [("blank",), ("rename", "Book store"), BOOK],
    "removed": [("remove", "digits"), ("remove", "lineage"), BOOK],
    "a job": [BOOK, PRINT, ("blank",)],
}

# By the plans and not by the commands, whose packages have changed; without the gates.
STEP = """
import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from scaffold.apply.plan import carry_out
from scaffold.apply.tree import changing
from scaffold.spec.parse import parse_feature, parse_field

def plan(tree, command, *words):
    module = partial(import_module, package="scaffold.plans")
    match command:
        case "add":
            return module(".add").to_add(tree, parse_feature(words[0], words[1:]))
        case "job":
            from scaffold.spec.parse import parse_job
            return module(".add").to_add(tree, parse_job(words[0], words[1:]))
        case "blank":
            named = list(zip(words, words[1:]))
            keep, leave = ([part for option, part in named if option == each] for each in ("--with", "--without"))
            return module(".blank").to_blank(tree, force=True, keep=keep, leave=leave)
        case "field":
            return field(tree, words[0], parse_field(words[1]), module)
        case "remove":
            return module(".remove").to_remove(tree, words[0], force=True)
        case "rename":
            return module(".rename").to_rename(tree, words[0])

def field(tree, name, added, module):
    try:
        try:
            from scaffold.spec.changes.field import FieldChange
        except ImportError:  # before 1e92688
            from scaffold.spec.field_change import FieldChange
        return module(".change").to_change(tree, name, lambda _: FieldChange(None, added, None))
    except ImportError:  # before 87200ac
        amend = module(".amend")
        amendment = amend.Amendment(f"add {added.column} to", partial(amend.with_field, field=added))
        return amend.to_amend(tree, name, amendment)

with changing(Path()) as tree:
    carry_out(tree, plan(tree, *sys.argv[1:]))
"""
ROUTER = """from fastapi import APIRouter

router = APIRouter()


@router.get("/extra")
async def read_extra() -> str:
    return "mine"
"""
METHOD = """
    async def shout(self) -> str:
        return "mine"
"""
TEST = """
    def test_mine(self) -> None:
        assert self.path == "/api/v1/books"
"""
ADDED = {
    "README.md": "\n## Mine\n\nOf my own.\n",
    "src/services/book.py": METHOD,
    "tests/integration/test_books.py": TEST,
}


def make(root: Path, steps: Steps) -> None:
    for step in steps:
        if step == ("edit",):
            edit(root)
        else:
            subprocess.run(
                [sys.executable, "-c", STEP, *step], cwd=root, check=True, capture_output=True
            )


def edit(root: Path) -> None:
    """Change what people change: the assembly, the README, a generated service and its tests."""
    (root / "src/api/extra.py").write_text(ROUTER, encoding="utf-8")
    main = root / "src/main.py"
    text = main.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    last = max(number for number, line in enumerate(lines) if "    api.include_router(" in line)
    lines.insert(last + 1, "    api.include_router(extra.router)\n")
    lines.insert(lines.index("    return app\n"), "    app.add_middleware(GZipMiddleware)\n")
    first = next(number for number, line in enumerate(lines) if line.startswith("from src."))
    lines[first:first] = [
        "from starlette.middleware.gzip import GZipMiddleware\n\n",
        "from src.api import extra\n",
    ]
    main.write_text("".join(lines), encoding="utf-8")
    for path, text in ADDED.items():
        with (root / path).open("a", encoding="utf-8") as file:
            file.write(text)
