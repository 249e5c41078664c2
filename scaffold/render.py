"""The files of a feature, from its spec. Nothing is written here."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from ruff import find_ruff_bin  # type: ignore[import-untyped]  # it has none

from scaffold import tables
from scaffold.cases import Cases
from scaffold.code import Code
from scaffold.imports import with_imports
from scaffold.migrations import create_migration, migration_path
from scaffold.records import FOLDER, record
from scaffold.spec import Feature
from scaffold.tables import OWNER, quoted
from scaffold.templating import rendered

ROOT = Path(__file__).parents[1]


def files_of(feature: Feature, features: Mapping[str, Feature]) -> dict[str, str]:
    """What the feature's own files contain, by their paths. Its targets are among the features."""
    one, all_ = feature.name, feature.plural
    recorded = {f"{FOLDER}/{one}.toml": record(feature)}
    if not feature.fields:
        return recorded
    own = {
        "src.api.dependencies": ["IfMatch", f"{feature.class_name}ServiceDep"],
        "src.api.routing": ["ResourceRouter"],
        f"src.schemas.{one}": names_of(feature, "Create", "Query", "Response", "Update"),
    }
    schema = own_types(feature) | {
        "src.schemas.base": ["EntityResponse", "Payload"],
        "src.schemas.page": ["PageQuery"],
    }
    service = {
        f"src.models.{one}": [feature.class_name],
        f"src.schemas.{one}": names_of(feature, "Create", "Response", "Update"),
        "src.services.base": ["CrudService"],
        "src.services.owned": ["OwnedService"],
    }
    files = {
        f"src/models/{one}.py": with_imports(_rendered("model", feature, features)),
        f"src/schemas/{one}.py": with_imports(_rendered("schema", feature, features), schema),
        f"src/services/{one}.py": with_imports(_rendered("service", feature, features), service),
        f"src/api/routes/{all_}.py": with_imports(_rendered("routes", feature, features), own),
        f"tests/integration/test_{all_}.py": tests_of(feature, features),
    }
    if feature.revision and feature.created:
        path = migration_path(feature.created, f"create_{all_}")
        files[path] = create_migration(feature, features)
    return formatted(files) | recorded


def names_of(feature: Feature, *endings: str) -> list[str]:
    return [feature.class_name + ending for ending in endings]


def own_types(feature: Feature) -> dict[str, list[str]]:
    aliases = [alias for field in feature.fields if (alias := Code(feature, field).alias)]
    return {f"src.models.{feature.name}": [f"{feature.class_name}Base", *aliases]}


def tests_of(feature: Feature, features: Mapping[str, Feature]) -> str:
    parents = {
        f"tests.integration.test_{features[field.target].plural}": [
            f"create_{field.target}",
            features[field.target].plural.upper(),
        ]
        for field in feature.refs
        if field.target != feature.name
    }
    helpers = {"tests.api": ["UNKNOWN_ID", "Json", "assert_invalid", "assert_problem"]}
    return with_imports(_rendered("tests", feature, features), helpers | parents)


def _rendered(template: str, feature: Feature, features: Mapping[str, Feature]) -> str:
    codes = [Code(feature, field) for field in feature.fields]
    aliases = {code.name: code.alias for code in codes}
    storage = [
        each.in_model(aliases.get(each.columns[0]))
        for each in tables.of_feature(feature, features)
        if each.columns != (OWNER,)  # which is the base class's
    ]
    return rendered(
        f"{template}.py",
        feature=feature,
        codes=codes,
        storage=storage,
        cases=Cases(feature),
        features=features,
        quoted=quoted,
        taken=lambda group: ", ".join(f'"body.{column}": [TAKEN]' for column in group),
        verbs={"restrict": "conflicts", "cascade": "takes_it_along", "set-null": "clears_it"},
    )


def formatted(files: Mapping[str, str]) -> dict[str, str]:
    """All of them in ruff's format, which takes them side by side."""
    ruff = find_ruff_bin()
    started = {
        path: subprocess.Popen(  # noqa: S603
            [ruff, "format", "--stdin-filename", path, "-"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for path in files
    }
    return {path: started[path].communicate(text)[0] for path, text in files.items()}
