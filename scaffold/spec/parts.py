"""The parts of the service, features and capabilities, and their needs."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from scaffold.errors import RefusedError
from scaffold.spec.feature import Feature
from scaffold.spec.record_keys import refuse_unknown
from scaffold.spec.records import load_features, read_toml

FOLDER = Path("scaffold/capabilities")


@dataclass(frozen=True)
class Joint:
    """Files and lines that a part has only beside others. They go with the first of them."""

    beside: tuple[str, ...]
    files: tuple[str, ...] = ()
    lines: dict[str, list[str]] = field(default_factory=dict)


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
    joints: tuple[Joint, ...] = ()

    @property
    def all_files(self) -> tuple[str, ...]:
        """Return its files, and those that it has beside other parts."""
        return (*self.files, *(path for joint in self.joints for path in joint.files))

    @property
    def record(self) -> str:
        return f"{FOLDER}/{self.name}.toml"


_KEYS, _KEYS_OF_JOINT = ({each.name for each in fields(one)} for one in (Capability, Joint))

type Part = Feature | Capability
type Parts = Mapping[str, Part]


def load_capabilities(root: Path) -> dict[str, Capability]:
    capabilities = map(_read, sorted((root / FOLDER).glob("*.toml")))
    return {each.name: each for each in capabilities}


def _read(path: Path) -> Capability:
    written = read_toml(path)
    try:
        capability = TypeAdapter(Capability).validate_python(written)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise RefusedError(f"{path}: {place}: {first['msg']}. Mend it, and try again.") from None
    refuse_unknown(path, written, _KEYS)
    joints = written.get("joints", [])
    for each in joints:
        refuse_unknown(path, each, _KEYS_OF_JOINT, "[joints]")
    for each in (written, *joints):
        lines = each.get("lines", {})
        refuse_unknown(path, lines, lines.keys() - _KEYS, "lines")  # by file
    return capability


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


def parted(parts: Parts, kept: Container[str]) -> Iterator[Joint]:
    """Yield the joints that lose a part now; those that had lost one before are gone already."""
    for name, each in parts.items():
        for joint in each.joints if isinstance(each, Capability) else ():
            names = {name, *joint.beside}
            if names <= parts.keys() and not all(each in kept for each in names):
                yield joint


def own_files(part: Part, parts: Iterable[Part]) -> set[str]:
    """Return its files made by hand, but for those that others of these parts have, too."""
    others = (each.files for each in parts if each.name != part.name)
    return set(part.files).difference(*others)
