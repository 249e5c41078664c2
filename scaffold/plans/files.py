"""The files of a feature, from its spec. Nothing is written here."""

from collections.abc import Mapping

from scaffold.migrate.create import VERSIONS, create_migration, migration_path
from scaffold.migrate.tables import Features
from scaffold.spec.constraints import OWNER, constraints_of, quoted
from scaffold.spec.feature import Feature
from scaffold.spec.records import FOLDER, record
from scaffold.write.facts import Facts
from scaffold.write.ruff import tidied
from scaffold.write.spelling import Spelling
from scaffold.write.templating import rendered


def files_of(feature: Feature, features: Features) -> dict[str, str]:
    """Return the text of the feature's own files. Its targets are among the features."""
    one, all_ = feature.name, feature.plural
    recorded = {f"{FOLDER}/{one}.toml": record(feature)}
    if not feature.fields:
        return recorded
    templates = {
        f"src/models/{one}.py": "model",
        f"src/schemas/{one}.py": "schema",
        f"src/services/{one}.py": "service",
        f"src/api/routes/{all_}.py": "routes",
        f"tests/integration/test_{all_}.py": "tests",
    }
    files = {path: _rendered(each, feature, features) for path, each in templates.items()}
    if feature.revision and feature.created:
        path = migration_path(feature.created, f"create_{all_}")
        files[path] = create_migration(feature, features)
    return tidied(files) | recorded


def without_migrations(files: Mapping[str, str]) -> dict[str, str]:
    return {path: text for path, text in files.items() if not path.startswith(VERSIONS)}


def _rendered(template: str, feature: Feature, features: Features) -> str:
    codes = [Spelling(feature, field) for field in feature.fields]
    aliases = {code.name: code.alias for code in codes}
    storage = [
        each.in_model(aliases.get(each.columns[0]))
        for each in constraints_of(feature, features)
        if each.columns != (OWNER,)  # which is the base class's
    ]
    return rendered(
        f"{template}.py",
        feature=feature,
        codes=codes,
        storage=storage,
        facts=Facts(feature, features),
        quoted=quoted,
    )
