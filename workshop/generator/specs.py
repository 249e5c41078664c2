"""Random features, of every type and with every modifier, that refer to each other."""

import re
from dataclasses import replace
from itertools import permutations, product
from pathlib import Path

from hypothesis import strategies as st

from scaffold.errors import RefusedError
from scaffold.spec.checks.feature import check_among, check_feature
from scaffold.spec.feature import Feature
from scaffold.spec.job import UNFIT, Job
from scaffold.spec.kinds import KINDS
from scaffold.spec.parse import parse_feature, parse_field, parse_job
from scaffold.spec.records import load_features

WORDS = {
    word
    for path in Path("src").rglob("*.py")
    for word in re.findall(r"[a-z]+", path.read_text(encoding="utf-8").lower())
}
"""Words of the existing code, each of which `add` may rightly refuse as a name."""
NAMES = st.from_regex(r"[a-z]{2,8}(_[a-z0-9]{1,4})?", fullmatch=True).filter(
    lambda name: name not in WORDS
)
ARGUMENTS = {
    "decimal": ["12,2", "4,1", "18,6"],
    "list": ["str"],
    "enum": ["draft,sent,paid", "a,b", "EUR,3d,S", "In review,it's,100%"],
}
DEFAULTS = {
    "bool": ["true", "false"],
    "date": ["2030-01-31", "now"],
    "datetime": ["2030-01-31T08:00:00Z", "now"],
    "time": ["08:30:00", "23:59:59.999999"],
    "duration": ["PT0S", "P1DT1.5S", "-PT30M"],
    "int64": ["1", "9223372036854775807"],
    "enum": ["draft", "b", "3d", "it's"],
    "str": ["new", "A-1", "a:b"],
    "text": ["not yet: later", "–"],
}
VALUES = {
    "min": ["0", "2", "8"],
    "max": ["8", "40", "300", "2000"],
    "ge": ["0", "-5", "0.5", "100", "PT0S", "-P3D"],
    "le": ["3", "100", "99.9", "2000000000", "PT0.5S", "P7D"],
    "pattern": [
        "^[A-Z]{2}-[0-9]{4}$:example=AB-0000,AB-0001",
        "^[a-z]+$:example=abcdefgh,bcdefghi",
    ],
}
STEPS = {
    "draft,sent,paid": ["draft>sent>paid", "sent>draft,paid>draft>sent", "draft>paid"],
    "a,b": ["a>b", "a>b>a"],
    "EUR,3d,S": ["S>EUR>3d"],
    "In review,it's,100%": ["In review>it's,it's>100%"],
}
EXAMPLES = {
    "str": ["Board meeting, Bonn"],
    "text": ["To do: all"],
    "date": ["2030-02-01"],
    "datetime": ["2030-02-01T08:00:00.5+02:00"],
    "time": ["17:00"],
    "duration": ["P1DT2H"],
    "int64": ["9007199254740993"],
    "email": ["ada@example.org"],
    "url": ["https://example.org/ada"],
    "uuid": ["0194f7f2-0000-7000-8000-000000000000"],
}
SIGNS = ["<", "<=", ">", ">=", "!="]
RULES = ["", ":restrict", ":cascade", ":set-null"]


def is_field(token: str) -> bool:
    try:
        parse_field(token)
    except RefusedError:
        return False
    return True


@st.composite
def _tokens(draw: st.DrawFn, targets: tuple[str, ...], *, of_job: bool = False) -> str:
    kinds = [*KINDS, "ref", "ref", "ref", "enum", "enum"]
    name, kind = draw(NAMES), draw(st.sampled_from(kinds))
    token = f"{name}:{kind}"
    if kind == "ref":
        rules = RULES[:2] if of_job else RULES
        token += f":{draw(st.sampled_from(targets))}{draw(st.sampled_from(rules))}"
    if kind in ARGUMENTS:
        arguments = draw(st.sampled_from(ARGUMENTS[kind]))
        token += f":{arguments}"
    if kind == "json" and draw(st.booleans()):
        token += f":{name.title().replace('_', '')}Shape"
    known = [each for each in KINDS[kind].modifiers.split() if not (of_job and each in UNFIT)] or [
        "optional"
    ]
    for modifier in draw(st.lists(st.sampled_from(known), unique=True, max_size=3)):
        values = VALUES | {
            "default": DEFAULTS.get(kind, ["1", "2.5"]),
            "example": EXAMPLES.get(kind, ["1", "42"]),
        }
        if modifier == "steps":
            values["steps"] = STEPS[arguments]
        value = f"={draw(st.sampled_from(values[modifier]))}" if modifier in values else ""
        token = f"{token}:{modifier}{value}"
    return token


def tokens(*targets: str) -> st.SearchStrategy[str]:
    return _tokens(targets).filter(is_field)


@st.composite
def _links(draw: st.DrawFn, name: str, others: dict[str, Feature]) -> list[str]:
    """With features by their plural or by another name, or with the feature itself."""
    known = [each for each in others.values() if each.fields]
    some = draw(st.lists(st.sampled_from(known), max_size=2)) if draw(st.booleans()) else []
    names = [(draw(st.sampled_from([each.plural, draw(NAMES)])), each.name) for each in some]
    names += [(draw(NAMES), name)] if draw(st.integers(0, 4)) == 0 else []
    included = st.sampled_from(["", ":include"])
    return [f"{plural}:many:{target}{draw(included)}" for plural, target in names]


def is_rule(feature: Feature, rule: str) -> bool:
    try:
        check_feature(replace(feature, checks=(rule,)))
    except RefusedError:
        return False
    return True


@st.composite
def _rules(draw: st.DrawFn, feature: Feature) -> list[str]:
    """Of every two fields, and of every field and a value, most of which cannot be compared."""
    columns = [field.column for field in feature.fields]
    pairs = [*permutations(columns, 2), *product(columns, ["0", "5", "2030-01-01"])]
    return [f"{left} {draw(st.sampled_from(SIGNS))} {right}" for left, right in pairs]


@st.composite
def _features(draw: st.DrawFn, others: dict[str, Feature]) -> Feature | None:
    name = draw(NAMES.filter(lambda name: name not in others))
    targets = [each.name for each in others.values() if each.fields]
    fields = draw(st.lists(tokens(name, *targets), min_size=1, max_size=6))
    if draw(st.booleans()):  # one more of the same type, to compare it with
        fields.append(f"{draw(NAMES)}:{fields[0].partition(':')[2]}")
    fields += draw(_links(name, others))
    try:
        feature = parse_feature(name, fields)
        columns = [field.column for field in feature.fields]
        group = draw(st.lists(st.sampled_from(columns), max_size=2, unique=True))
        sort = draw(st.sampled_from(feature.sorts))
        unique = [group] if len(group) == 2 else []
        parents = [others[target] for target in feature.targets if target in others]
        owned = any(parent.owned for parent in parents) or draw(st.booleans())
        checks = [rule for rule in draw(_rules(feature)) if is_rule(feature, rule)]
        feature = parse_feature(
            name, fields, unique=unique, checks=checks[:1], sort=sort, owned=owned
        )
        check_among(feature, others)
    except RefusedError:
        return None
    return feature


@st.composite
def _jobs(draw: st.DrawFn, others: dict[str, Feature]) -> Job | None:
    name = draw(NAMES.filter(lambda name: name not in others))
    targets = tuple(each.name for each in others.values() if each.has_table)
    fields = draw(st.lists(_tokens(targets, of_job=True).filter(is_field), min_size=1, max_size=5))
    try:
        job = parse_job(name, fields)
        check_among(job, others)
    except RefusedError:
        return None
    return job


@st.composite
def trees_with_a_job(draw: st.DrawFn, size: int) -> tuple[list[Feature], Job]:
    features = draw(trees(size))
    known = load_features(Path()) | {each.name: each for each in features}
    job = draw(_jobs(known).filter(bool))
    assert job
    return features, job


@st.composite
def trees(draw: st.DrawFn, size: int) -> list[Feature]:
    """Each refers only to those before it and to shipped ones; their names are in any order."""
    features: list[Feature] = []
    shipped = load_features(Path())
    while len(features) < size:
        feature = draw(_features(shipped | {each.name: each for each in features}).filter(bool))
        assert feature
        features.append(feature)
    return features
