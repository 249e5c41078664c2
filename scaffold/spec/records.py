"""Features as files, from which they are read again."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from scaffold.errors import RefusedError
from scaffold.spec.feature import Feature
from scaffold.spec.names import guess
from scaffold.spec.parse import parse_feature

FOLDER = Path("scaffold/features")


def record(feature: Feature) -> str:
    """Write the feature as a file from which it can be read again."""
    lines = [
        f"name = {_quoted(feature.name)}",
        f"plural = {_quoted(feature.plural)}",
        *_listed("fields", map(str, feature.fields)),
        f"unique = {json.dumps(feature.unique)}",
        f"sort = {_quoted(feature.sort)}",
    ]
    if feature.owned:
        lines.append("owned = true")
    for name, values in {"by_hand": feature.files, "needs": feature.builds_on}.items():
        lines += _listed(name, values) if values else []
    if feature.created:
        lines += ["", "[migration]", f'revision = "{feature.revision}"']
        if feature.down_revision:
            lines.append(f'down_revision = "{feature.down_revision}"')
        lines.append(f"created = {feature.created.isoformat(timespec='seconds')}")
    return "\n".join(lines) + "\n"


def _listed(name: str, values: Iterable[str]) -> list[str]:
    return [f"{name} = [", *(f"    {_quoted(each)}," for each in values), "]"]


def _quoted(text: str) -> str:
    return f"'{text}'" if "\\" in text else f'"{text}"'


def load_features(root: Path) -> dict[str, Feature]:
    """Return all features that were recorded in this tree, by name."""
    features = (_read(path) for path in sorted((root / FOLDER).glob("*.toml")))
    return {feature.name: feature for feature in features}


def _read(path: Path) -> Feature:
    written = tomllib.loads(path.read_text(encoding="utf-8"))
    own = {
        "files": tuple(written.pop("by_hand", ())),
        "builds_on": tuple(written.pop("needs", ())),
        **written.pop("migration", {}),
    }
    name, fields = written.pop("name"), written.pop("fields")
    if fields:
        return replace(parse_feature(name, fields, **written), **own)
    return Feature(name, (), written["plural"], **own)


def named(name: str, features: Mapping[str, Feature]) -> Feature:
    if name not in features:
        raise RefusedError(f"There is no feature {name}{guess(name, features)}")
    return features[name]
