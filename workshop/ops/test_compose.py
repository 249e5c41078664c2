"""The compositions, as docker-compose reads them: no engine has to run."""

from pathlib import Path

import pytest

from workshop.ops.programs import BIN, Done, copy_of, plant
from workshop.production.engine.prepare import compose

FOLDER = "ops/local"
EVERYTHING = ("", ".worker", ".files", ".files-of-worker")
SETS = {
    "alone": ("",),
    "with its parts": EVERYTHING,
    "development": (*EVERYTHING, ".development"),
    "monitoring": (*EVERYTHING, ".monitoring"),
}
SECRETS = {name: "secret" for name in ("POSTGRES_PASSWORD", "METRICS_TOKEN", "GRAFANA_PASSWORD")}


def by_compose(root: Path, parts: tuple[str, ...] = EVERYTHING, **variables: str) -> Done:
    files = [f"--file=compose{each}.yml" for each in parts]
    return Done(
        compose(), *files, "config", "--quiet", folder=root / FOLDER, **(SECRETS | variables)
    )


def by_schema(root: Path) -> Done:
    files = sorted((root / FOLDER).glob("*.yml"))
    return Done(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", *files)


@pytest.mark.parametrize("parts", SETS.values(), ids=SETS)
def test_each_set_of_files_is_valid(parts: tuple[str, ...]) -> None:
    done = by_compose(Path(), parts)

    assert done.is_content, done
    assert "variable is not set" not in str(done)


def test_schema_has_nothing_to_say() -> None:
    done = by_schema(Path())

    assert done.is_content, done


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("", "depends_on:", "dependson:"),
        (".worker", "cap_drop:", "capdrop:"),
        (".monitoring", "configs:", "config:"),
    ],
)
def test_misspelt_key_is_found(part: str, old: str, new: str) -> None:
    with copy_of(FOLDER) as root:
        plant(root / FOLDER / f"compose{part}.yml", old, new)

        assert not by_compose(root, (*EVERYTHING, *{part} - {*EVERYTHING})).is_content
        assert not by_schema(root).is_content


@pytest.mark.parametrize("name", SECRETS)
def test_secret_has_no_value_of_its_own(name: str) -> None:
    """An empty password of Grafana would be one that everybody knows."""
    assert not by_compose(Path(), SETS["monitoring"], **{name: ""}).is_content
