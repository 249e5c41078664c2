"""Texts that fit a regular expression, the same ones at any time and on any Python."""

import re
import string
from collections.abc import Iterator
from importlib import import_module
from typing import Any

# What re itself reads expressions with; it has no public name, and so no types.
ops: Any = import_module("re._constants")
parser: Any = import_module("re._parser")
ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_. /:@#"
TRIES = 1000


def texts_of(pattern: str, shortest: int, longest: int, limit: int) -> list[str]:
    """Different ones, as many as were found up to the limit."""
    found: dict[str, None] = {}
    tree = parser.parse(pattern)
    for seed in range(TRIES):
        text = "".join(_Choices(seed).text(tree))
        if shortest <= len(text) <= longest and re.search(pattern, text):
            found[text] = None
        if len(found) == limit:
            break
    return list(found)


class _Choices:
    """One way through an expression; later seeds repeat more."""

    def __init__(self, seed: int) -> None:
        self._state = seed
        self._further = 3 + seed // 10

    def _pick(self, count: int) -> int:
        self._state = (self._state * 1_103_515_245 + 12_345) % 2**31
        return (self._state >> 16) % count

    def text(self, tree: Any) -> Iterator[str]:
        for operator, argument in tree:
            if operator in {ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT}:
                least, most, inner = argument
                for _ in range(least + self._pick(min(most - least, self._further) + 1)):
                    yield from self.text(inner)
            elif operator is ops.BRANCH:
                yield from self.text(argument[1][self._pick(len(argument[1]))])
            elif operator is ops.SUBPATTERN:
                yield from self.text(argument[-1])
            elif operator is ops.LITERAL:
                yield chr(argument)
            elif operator is not ops.AT:
                fitting = _fitting(operator, argument)
                yield fitting[self._pick(len(fitting))] if fitting else ""


def _fitting(operator: Any, argument: Any) -> str:
    members = argument if operator is ops.IN else [(operator, argument)]
    negated = members[0][0] is ops.NEGATE
    return "".join(
        each for each in ALPHABET if any(_has(member, each) for member in members) != negated
    )


def _has(member: tuple[Any, Any], character: str) -> bool:
    operator, argument = member
    if operator is ops.RANGE:
        return bool(argument[0] <= ord(character) <= argument[1])
    if operator is ops.CATEGORY:
        classes = {
            ops.CATEGORY_DIGIT: r"\d",
            ops.CATEGORY_NOT_DIGIT: r"\D",
            ops.CATEGORY_SPACE: r"\s",
            ops.CATEGORY_NOT_SPACE: r"\S",
            ops.CATEGORY_WORD: r"\w",
            ops.CATEGORY_NOT_WORD: r"\W",
        }
        return bool(re.match(classes[argument], character))
    if operator is ops.NOT_LITERAL:
        return bool(argument != ord(character))
    return bool(operator is ops.ANY or (operator is ops.LITERAL and argument == ord(character)))
