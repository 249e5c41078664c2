"""Names in a sorted list: those of an import, or of ``__all__``."""

import re
from collections.abc import Sequence

import libcst as cst

from scaffold.source import LINE_LENGTH, Source


class Listing:
    def __init__(
        self, source: Source, statement: cst.CSTNode, items: Sequence[cst.CSTNode]
    ) -> None:
        self.source, self.items = source, items
        self.names = [source.shown(each) for each in items]
        self.spans = [source.span(each) for each in items]
        self.start, self.end = source.span(statement)
        self.written = source.shown(statement)
        self.opening = source.text[self.start : self.spans[0][0]].rstrip()
        self.closing = source.text[self.spans[-1][1] : self.end]
        lines = {source.lines(each)[0] for each in [statement, *items]}
        self.one_per_line = len(lines) > len(items) and self.closing.startswith(",")

    def having(self, name: str) -> str:
        """The whole source, with one more name in the list."""
        index = sum(sort_key(each) < sort_key(name) for each in self.names)
        if self.one_per_line:
            line = f"{self.source.indent(self.items[0])}{name},"
            if index:
                return self.source.with_lines_after(self.items[index - 1], line)
            return self.source.with_lines_before(self.items[0], line)
        names = [*self.names[:index], name, *self.names[index:]]
        if self._overflows(names) and self.source.newline not in self.written:
            return self._spliced(self.start, self.end, self._in_lines(names))
        if index:
            end = self.spans[index - 1][1]
            return self._spliced(end, end, f", {name}")
        return self._spliced(self.spans[0][0], self.spans[0][0], f"{name}, ")

    def lacking(self, name: str) -> str:
        index = self.names.index(name)
        rest = [*self.names[:index], *self.names[index + 1 :]]
        if self.one_per_line:
            # Only where the length demands it: whoever likes one name per line keeps them so.
            is_split_for_length = self._overflows(self.names) and not self._overflows(rest)
            if is_split_for_length and self.written == self._in_lines(self.names):
                return self._spliced(self.start, self.end, self._in_one_line(rest))
            return self.source.without_lines_of(self.items[index])
        if index:
            return self._spliced(self.spans[index - 1][1], self.spans[index][1], "")
        return self._spliced(self.spans[0][0], self.spans[1][0], "")

    def _overflows(self, names: Sequence[str]) -> bool:
        return len(self._in_one_line(names)) > LINE_LENGTH

    def _in_one_line(self, names: Sequence[str]) -> str:
        opening, closing = self._around(" ", "")
        return opening + ", ".join(names) + closing

    def _in_lines(self, names: Sequence[str]) -> str:
        opening, closing = self._around(" (", ")")
        return self.source.newline.join([opening, *(f"    {each}," for each in names), closing])

    def _around(self, opening: str, closing: str) -> tuple[str, str]:
        """What stands around the names; an import has brackets only if it needs them."""
        if self.opening.startswith("from "):
            return self.opening.removesuffix("(").rstrip() + opening, closing
        return self.opening, self.closing.lstrip(",").lstrip()

    def _spliced(self, start: int, end: int, text: str) -> str:
        return self.source.text[:start] + text + self.source.text[end:]


def sort_key(name: str) -> tuple[bool, bool, list[str | int]]:
    """As ruff sorts: constants, classes, the rest; numbers by their value."""
    bare = name.strip("\"'")
    is_constant = len(bare) > 1 and bare.isupper()
    return not is_constant, not bare[:1].isupper(), natural(bare)


def natural(name: str) -> list[str | int]:
    return [int(each) if each.isdigit() else each for each in re.split(r"(\d+)", name)]
