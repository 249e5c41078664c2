from collections.abc import Container, Iterable


class RefusedError(Exception):
    """Nothing was changed. The message says why, and what to do."""


def refuse_first(faults: Iterable[str], known: Container[str] = ()) -> None:
    """Raise `RefusedError` with the first fault, but for those that were there before."""
    for fault in faults:
        if fault not in known:
            raise RefusedError(fault)
