from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds of a request: a body in bytes, times in seconds."""

    body: int
    deadline: float
    """Until the answer is complete; only until it begins, if ``idle`` is given."""
    idle: float | None = None
    """Between two parts of an answer that may take longer than the deadline."""


class LimitTable:
    """Limits by the start of a path; the longest start that fits counts."""

    def __init__(self, default: Limits, others: Mapping[str, Limits]) -> None:
        self._default = default
        self._others = sorted(others.items(), key=lambda each: -len(each[0]))

    def limits_of(self, path: str) -> Limits:
        for start, limits in self._others:
            if path.startswith(start):
                return limits
        return self._default
