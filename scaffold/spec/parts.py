"""The parts of the service, features and capabilities, and their needs."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

from scaffold.spec.feature import Feature
from scaffold.spec.records import load_features

FOLDER = Path("scaffold/capabilities")


@dataclass(frozen=True)
class Capability:
    """Whole files, and a few lines of shared ones."""

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


type Part = Feature | Capability
type Parts = Mapping[str, Part]


def load_capabilities(root: Path) -> dict[str, Capability]:
    records = [
        tomllib.loads(path.read_text(encoding="utf-8"))
        for path in sorted((root / FOLDER).glob("*.toml"))
    ]
    capabilities = TypeAdapter(list[Capability]).validate_python(records)
    return {each.name: each for each in capabilities}


def load_parts(root: Path) -> dict[str, Part]:
    return {**load_features(root), **load_capabilities(root)}


def with_needs(names: Iterable[str], parts: Parts) -> set[str]:
    """Add what these need, and what that needs in turn."""
    found: set[str] = set()
    waiting = [*names]
    while waiting:
        if (name := waiting.pop()) in parts and name not in found:
            found.add(name)
            waiting += parts[name].needs
    return found


def needing(name: str, parts: Parts) -> list[str]:
    """Return the names of those that cannot be without this one."""
    return sorted(each.name for each in parts.values() if name in each.needs)


def own_files(part: Part, parts: Iterable[Part]) -> set[str]:
    """Return its files made by hand, but for those that others of these parts have, too."""
    others = (each.files for each in parts if each.name != part.name)
    return set(part.files).difference(*others)
