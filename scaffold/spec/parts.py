"""Features and capabilities together: what needs what."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from scaffold.spec.capability import Capability, load_capabilities
from scaffold.spec.feature import Feature
from scaffold.spec.records import load_features

type Part = Feature | Capability
type Parts = Mapping[str, Part]


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
    """The names of those that cannot be without this one."""
    return sorted(each.name for each in parts.values() if name in each.needs)


def own_files(part: Part, parts: Iterable[Part]) -> set[str]:
    """Its files made by hand, but for those that others of these parts have, too."""
    others = (each.files for each in parts if each.name != part.name)
    return set(part.files).difference(*others)
