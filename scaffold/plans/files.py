"""The files of a feature, from its spec. Nothing is written here."""

from collections.abc import Mapping

from scaffold.migrate.create import VERSIONS, create_migration, migration_path
from scaffold.spec.constraints import Features
from scaffold.spec.feature import Feature
from scaffold.spec.records import FOLDER, record
from scaffold.write.code import code_for
from scaffold.write.ruff import tidied


def files_of(feature: Feature, features: Features) -> dict[str, str]:
    """Return the text of the feature's own files. Its targets are among the features."""
    recorded = {f"{FOLDER}/{feature.name}.toml": record(feature)}
    paths = feature.code_paths.items()
    files = {path: code_for(template, feature, features) for path, template in paths}
    if files and feature.revision and feature.created:
        path = migration_path(feature.created, f"create_{feature.plural}")
        files[path] = create_migration(feature, features)
    return tidied(files) | recorded


def without_migrations(files: Mapping[str, str]) -> dict[str, str]:
    return {path: text for path, text in files.items() if not path.startswith(VERSIONS)}
