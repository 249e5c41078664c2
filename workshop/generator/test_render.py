"""What the generator writes. That it also works, `test_proof` finds out."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from scaffold.errors import RefusedError
from scaffold.plans.files import files_of
from scaffold.spec.feature import Feature
from scaffold.spec.kinds import KINDS
from scaffold.spec.parse import parse_feature, parse_job
from scaffold.spec.records import load_features

FEATURES = load_features(Path())
ARGUMENTS = {"enum": ":draft,sent", "decimal": ":6,2", "list": ":str"}
VALUES = {
    "min": "2",
    "max": "40",
    "ge": "1",
    "le": "900",
    "steps": "draft>sent",
    "pattern": "^[a-z]{2}[0-9]+$:example=ab1,ab2",
}
DEFAULTS = {
    "str": "ab",
    "text": "a: b",
    "bool": "true",
    "date": "now",
    "datetime": "now",
    "time": "08:30",
    "duration": "P1DT12H",
    "enum": "sent",
}
EXAMPLES = {"str": "ab", "text": "a: b"}


def values_for(kind: str) -> dict[str, str]:
    example = EXAMPLES.get(kind, KINDS[kind].example)
    example = "7" if example == "0" else example
    bounds = {"ge": "PT1M", "le": "P7D"} if kind == "duration" else {}
    return VALUES | bounds | {"default": DEFAULTS.get(kind, "7"), "example": example}


TOKENS = (
    {
        f"one:{kind}{ARGUMENTS.get(kind, '')}{modifier}"
        for kind, facts in KINDS.items()
        for modifier in (
            "",
            *(
                f":{each}={values_for(kind)[each]}"
                if each in values_for(kind)
                else ":optional:readonly"
                if each == "readonly"
                else f":{each}"
                for each in facts.modifiers.split()
            ),
        )
        if kind != "ref"
    }
    | {"one:json:Place", "one:json:Place:optional", "one:enum:EUR,3d,it's:default=3d"}
    | {"one:date:default=2030-01-31", "one:datetime:default=2030-01-31T08:00:00Z"}
    | {
        f"one:ref:{target}{rule}:optional{unique}{include}"
        for target in ("project", "sample")
        for rule in ("", ":cascade", ":set-null")
        for unique in ("", ":unique")
        for include in ("", ":include")
    }
)

FACTS = """\
from tests.contract import Contract, reference, string
from tests.integration.test_projects import TestProjects as Projects


class TestSamples(Contract):
    path, words = "/api/v1/samples", "sample"
    fields = {
        "name": string(longest=100, sort=True, filter="equal"),
        "parent_id": reference(Projects, on_delete="cascade"),
    }
    unique = [("name",)]
"""


@pytest.mark.parametrize("name", FEATURES)
def test_shipped_feature_is_the_generators_own_output_but_for_rules(name: str) -> None:
    """What carries rules of the domain is recorded as made by hand, and nothing else is."""
    feature = FEATURES[name]
    generated = files_of(feature, FEATURES)

    changed = {
        path for path, text in generated.items() if Path(path).read_text(encoding="utf-8") != text
    }

    assert changed == generated.keys() & feature.files
    assert all(Path(path).exists() for path in feature.files)


def files(*tokens: str, plural: str | None = None) -> dict[str, str]:
    feature = parse_feature("sample", tokens, plural=plural)
    project = parse_feature("project", ["name:str:unique"])
    return files_of(made(feature), {"project": project, "sample": feature})


def made(feature: Feature) -> Feature:
    return replace(feature, revision="b", down_revision="a", created=datetime(2026, 1, 2, 3, 4))


def faults_of(files: Mapping[str, str]) -> str:
    """Of ruff; it is asked for all files at once."""
    command = [sys.executable, "-m", "ruff", "check", "--output-format", "concise"]
    started = [
        subprocess.Popen(
            [*command, "--stdin-filename", path, "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        for path in files
    ]
    answers = [
        each.communicate(text)[0] for each, text in zip(started, files.values(), strict=True)
    ]
    return "".join(each for each in answers if "All checks passed" not in each)


def job_of(token: str) -> dict[str, str]:
    """The same field, given to a job, where a job can take it."""
    try:
        job = parse_job("resize", [token])
    except RefusedError:
        return {}
    project = parse_feature("project", ["name:str:unique"])
    sample = parse_feature("sample", ["other:int"])
    made = files_of(job, {"project": project, "sample": sample, "resize": job})
    return {path: text for path, text in made.items() if path.endswith(".py")}


@pytest.mark.parametrize("token", sorted(TOKENS))
def test_every_type_with_every_modifier_makes_clean_code(token: str) -> None:
    made = files("other:int", token) if "readonly" in token else files(token)
    python = {path: text for path, text in made.items() if path.endswith(".py")}
    python |= job_of(token)

    for path, text in python.items():
        compile(text, path, "exec")
    assert faults_of(python) == ""


def test_tests_of_a_feature_are_its_facts() -> None:
    tests = files("name:str:unique:max=100", "parent:ref:project:cascade")

    assert tests["tests/integration/test_samples.py"] == FACTS


def test_rule_with_what_the_service_sets_is_broken_by_the_other_side() -> None:
    feature = parse_feature(
        "trip", ["seats:int", "sold:int:readonly:default=0"], checks=["seats > sold"]
    )

    tests = files_of(feature, {"trip": feature})["tests/integration/test_trips.py"]

    assert '"seats > sold": [{"seats": 0}],' in tests


def test_reference_called_owner_is_a_key_like_others() -> None:
    feature = parse_feature("pet", ["name:str", "owner:ref:project:unique"])
    project = parse_feature("project", ["name:str:unique"])

    model = files_of(feature, {"pet": feature, "project": project})["src/models/pet.py"]

    assert 'ForeignKeyConstraint(["owner_id"], ["projects.id"])' in model
    assert 'UniqueConstraint("owner_id")' in model


def test_files_are_named_after_the_feature() -> None:
    assert list(files("name:str", plural="samplings")) == [
        "src/models/sample.py",
        "src/schemas/sample.py",
        "src/services/sample.py",
        "src/api/routes/samplings.py",
        "tests/integration/test_samplings.py",
        "alembic/versions/20260102_0304_create_samplings.py",
        "scaffold/features/sample.toml",
    ]


def test_words_are_joined_as_each_place_wants_them() -> None:
    feature = made(parse_feature("line_item", ["name:str"]))
    written = files_of(feature, {"line_item": feature})

    assert "class LineItemQuery" in written["src/schemas/line_item.py"]
    assert 'ResourceRouter("/line-items")' in written["src/api/routes/line_items.py"]
    assert "/{line_item_id}" in written["src/api/routes/line_items.py"]
    assert '__tablename__ = "line_items"' in written["src/models/line_item.py"]
