"""Features as files, from which they are read again."""

import tomllib
from dataclasses import replace
from pathlib import Path

from scaffold.spec.feature import Feature
from scaffold.spec.parse import parse_feature

FOLDER = Path("scaffold/features")


def record(feature: Feature) -> str:
    """The feature as a file from which it can be read again."""
    lines = [f"name = {_quoted(feature.name)}", f"plural = {_quoted(feature.plural)}", "fields = ["]
    lines += [f"    {_quoted(str(field))}," for field in feature.fields]
    lines += ["]", f"unique = {[list(group) for group in feature.unique]}".replace("'", '"')]
    lines += [f"sort = {_quoted(feature.sort)}"]
    if feature.owned:
        lines += ["owned = true"]
    for name, values in (("by_hand", feature.files), ("needs", feature.builds_on)):
        if values:
            lines += [f"{name} = [", *(f"    {_quoted(each)}," for each in values), "]"]
    if feature.revision and feature.created:
        lines += ["", "[migration]", f"revision = {_quoted(feature.revision)}"]
        if feature.down_revision:
            lines += [f"down_revision = {_quoted(feature.down_revision)}"]
        lines += [f"created = {feature.created.isoformat(timespec='seconds')}"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return f"'{text}'" if "\\" in text else f'"{text}"'


def load_features(root: Path) -> dict[str, Feature]:
    """All features that were recorded in this tree, by name."""
    features = (_read(path) for path in sorted((root / FOLDER).glob("*.toml")))
    return {feature.name: feature for feature in features}


def _read(path: Path) -> Feature:
    written = tomllib.loads(path.read_text(encoding="utf-8"))
    own = written.pop("migration", {})
    own |= {
        "files": tuple(written.pop("by_hand", ())),
        "builds_on": tuple(written.pop("needs", ())),
    }
    name, fields = written.pop("name"), written.pop("fields")
    if fields:
        return replace(parse_feature(name, fields, **written), **own)
    return Feature(name, (), written["plural"], **own)
