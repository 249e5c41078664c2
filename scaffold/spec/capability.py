"""A part of the service besides its features: whole files, and a few lines of shared ones."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

FOLDER = Path("scaffold/capabilities")


@dataclass(frozen=True)
class Capability:
    name: str
    needs: tuple[str, ...] = ()
    """Capabilities and features that its files build on."""
    packages: tuple[str, ...] = ()
    """Requirements in pyproject.toml that nothing else has."""
    files: tuple[str, ...] = ()
    lines: dict[str, list[str]] = field(default_factory=dict)
    """Whole lines by the shared file that has each of them once."""
    default: bool = True
    """A blank tree keeps it without being asked."""

    @property
    def record(self) -> str:
        return f"{FOLDER}/{self.name}.toml"


def load_capabilities(root: Path) -> dict[str, Capability]:
    capabilities = (_read(path) for path in sorted((root / FOLDER).glob("*.toml")))
    return {each.name: each for each in capabilities}


def _read(path: Path) -> Capability:
    return TypeAdapter(Capability).validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
