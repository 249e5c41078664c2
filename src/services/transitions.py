"""Changes from one status to another."""

from collections.abc import Mapping, Sequence

from src.core.errors import ConflictError


def check_transition[S: str](
    what: str, allowed: Mapping[S, Sequence[S]], before: S, after: S, field: str = "status"
) -> None:
    """Raise `ConflictError` unless the change is allowed. The same status is not a change."""
    if after != before and after not in allowed[before]:
        others = " or ".join(allowed[before]) or "nothing else"
        msg = f"A {before} {what} cannot become {after}; it can become {others}."
        raise ConflictError(msg, fields=(field,))
