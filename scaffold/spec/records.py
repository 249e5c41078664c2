"""Features as files, from which they are read again."""

import json
import tomllib
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scaffold.errors import RefusedError
from scaffold.spec.checks.feature import faults_between
from scaffold.spec.feature import Feature
from scaffold.spec.job import Job
from scaffold.spec.names import guess
from scaffold.spec.parse import check, read_feature, read_job
from scaffold.spec.record_keys import KEYS, KEYS_OF_MIGRATION, refuse_wrong
from scaffold.spec.sink import Sink

FOLDER = Path("scaffold/features")


def record(feature: Feature) -> str:
    """Write the feature as a file from which it can be read again."""
    lines = [f"name = {_quoted(feature.name)}", *_lines_of(feature)]
    if not feature.default:
        lines.append("default = false")
    if feature.included_as:
        lines.append(f"included_as = {_quoted(feature.included_as)}")
    for name, values in {"by_hand": feature.files, "needs": feature.builds_on}.items():
        lines += _listed(name, values) if values else []
    if feature.created:
        lines += ["", "[migration]", f'revision = "{feature.revision}"']
        if feature.down_revision:
            lines.append(f'down_revision = "{feature.down_revision}"')
        lines.append(f"created = {feature.created.isoformat(timespec='seconds')}")
    return "\n".join(lines) + "\n"


def _lines_of(feature: Feature) -> list[str]:
    if isinstance(feature, Sink):
        return ["sink = true", f"plural = {_quoted(feature.plural)}"]
    return _lines_of_job(feature) if isinstance(feature, Job) else _lines_of_table(feature)


def _lines_of_job(job: Job) -> list[str]:
    return ["job = true", *_listed("fields", map(str, job.fields))]


def _lines_of_table(feature: Feature) -> list[str]:
    lines = [
        f"plural = {_quoted(feature.plural)}",
        *_listed("fields", feature.tokens),
        f"unique = {json.dumps(feature.unique)}",
        f"sort = {_quoted(feature.sort)}",
    ]
    if feature.checks:
        lines += _listed("checks", feature.checks)
    return [*lines, "owned = true"] if feature.owned else lines


def _listed(name: str, values: Iterable[str]) -> list[str]:
    return [f"{name} = [", *(f"    {_quoted(each)}," for each in values), "]"]


def _quoted(text: str) -> str:
    """Write it without escapes, where that is possible."""
    is_plain = "\\" in text and "'" not in text
    return f"'{text}'" if is_plain else json.dumps(text, ensure_ascii=False)


def read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # of its form, or of its encoding
        raise RefusedError(f"{path} cannot be read: {error}. Mend it, and try again.") from None


def load_features(root: Path) -> dict[str, Feature]:
    """Return all features that were recorded in this tree, by name.

    Warn of a record that breaks a rule, which may be newer than the record.
    """
    found = [_read(path) for path in sorted((root / FOLDER).glob("*.toml"))]
    features = {feature.name: feature for feature in found}
    for feature in found:
        if lost := feature.targets - features.keys():
            raise RefusedError(
                f"{FOLDER}/{feature.name}.toml refers to {', '.join(sorted(lost))}, "
                "whose record is missing: bring it back."
            )
    for fault in faults_between(features):
        warnings.warn(f"{FOLDER}: {fault}", stacklevel=1)
    return features


def _read(path: Path) -> Feature:
    written = read_toml(path)
    refuse_wrong(path, written, KEYS)
    refuse_wrong(path, written.get("migration", {}), KEYS_OF_MIGRATION, "migration")
    try:
        feature = _feature(written)
    except KeyError as error:
        fault = f"{error} is missing"
        raise RefusedError(f"{path} cannot be read: {fault}. Mend it, and try again.") from None
    try:
        if feature.fields:
            check(feature)
    except RefusedError as error:
        warnings.warn(f"{path}: {error}", stacklevel=1)
    return feature


def _feature(written: dict[str, Any]) -> Feature:
    own = {
        "files": tuple(written.pop("by_hand", ())),
        "builds_on": tuple(written.pop("needs", ())),
        "default": written.pop("default", True),
        "included_as": written.pop("included_as", None),
        **written.pop("migration", {}),
    }
    if written.pop("sink", False):
        return Sink(written["name"], (), written["plural"], **own)
    name, fields = written.pop("name"), written.pop("fields")
    if written.pop("job", False):
        return replace(read_job(name, fields), **own)
    if fields:
        return replace(read_feature(name, fields, **written), **own)
    return Feature(name, (), written["plural"], **own)


def named(name: str, features: Mapping[str, Feature]) -> Feature:
    if name not in features:
        raise RefusedError(f"There is no feature {name}{guess(name, features)}")
    return features[name]
