"""What MLflow's own validation does with names and texts."""

import posixpath

from pydantic import AfterValidator


def as_path(name: str) -> str:
    """Refuse names that would be another path once they are files, such as ``a/../b``."""
    if posixpath.normpath(name) != name or name.startswith(("/", "..")) or name == ".":
        msg = "must not be a path that leads elsewhere"
        raise ValueError(msg)
    return name


def free_of(signs: str) -> AfterValidator:
    """Refuse names with one of these signs, which have a meaning where a URI has the name."""

    def check(name: str) -> str:
        if any(sign in name for sign in signs):
            msg = f"must be without {' '.join(signs)}"
            raise ValueError(msg)
        return name

    return AfterValidator(check)


def cut(most: int) -> AfterValidator:
    """Keep the beginning of a longer text, as MLflow's own server does."""
    return AfterValidator(lambda text: text[:most])
