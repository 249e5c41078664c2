"""Changes to Python text: its syntax tree says where, and all other bytes stay as they are."""

import re

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from scaffold import render

LINE_LENGTH = 100


class PlaceMissingError(Exception):
    """A person has taken out what a line would stand next to; the message says what to put back."""


class Source:
    """Each ``with`` and ``without`` answers with the changed text."""

    def __init__(self, text: str) -> None:
        wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
        self.text, self.tree = text, wrapper.module
        self.newline = self.tree.default_newline
        self._positions = wrapper.resolve(PositionProvider)
        self._lines = [0, *(each.end() for each in re.finditer(r"\r\n?|\n", text)), len(text)]

    def statements_like(
        self, pattern: re.Pattern[str]
    ) -> list[tuple[cst.SimpleStatementLine, re.Match[str]]]:
        return [
            (node, match)
            for node in self._positions
            if isinstance(node, cst.SimpleStatementLine)
            if (match := pattern.match(self.shown(node)))
        ]

    def span(self, node: cst.CSTNode) -> tuple[int, int]:
        place = self._positions[node]
        start, end = place.start, place.end
        return self._lines[start.line - 1] + start.column, self._lines[end.line - 1] + end.column

    def shown(self, node: cst.CSTNode) -> str:
        start, end = self.span(node)
        return self.text[start:end]

    def lines(self, node: cst.CSTNode) -> range:
        place = self._positions[node]
        return range(place.start.line - 1, place.end.line)

    def line(self, number: int) -> str:
        return self.text[self._lines[number] : self._lines[number + 1]]

    def indent(self, node: cst.CSTNode) -> str:
        line = self.line(self.lines(node)[0])
        return line[: len(line) - len(line.lstrip())]

    def with_lines_after(self, node: cst.CSTNode, lines: str) -> str:
        end = self._lines[self.lines(node)[-1] + 1]
        if not self.text[:end].endswith(self.newline):  # the last line of the file
            return self.text + self.newline + lines
        return self.text[:end] + lines + self.newline + self.text[end:]

    def with_lines_before(self, node: cst.CSTNode, lines: str) -> str:
        """Above the comments that belong to the node."""
        number = self.lines(node)[0]
        while number and self.line(number - 1).lstrip().startswith("#"):
            number -= 1
        start = self._lines[number]
        return self.text[:start] + lines + self.newline + self.text[start:]

    def without_lines_of(self, node: cst.CSTNode) -> str:
        numbers = self.lines(node)
        start, end = self._lines[numbers[0]], self._lines[numbers[-1] + 1]
        if not self.text[:end].endswith(self.newline):
            return self.text[:start].removesuffix(self.newline)
        return self.text[:start] + self.text[end:]


def formatted(statement: str) -> str:
    """On as many lines as its length needs."""
    if len(statement) <= LINE_LENGTH:
        return statement
    return render.formatted({"statement.py": statement})["statement.py"].rstrip()
