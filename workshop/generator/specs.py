"""Random features, of every type and with every modifier, that refer to each other."""

from pathlib import Path

from hypothesis import strategies as st

from scaffold.errors import RefusedError
from scaffold.spec.check_feature import check_among
from scaffold.spec.feature import Feature
from scaffold.spec.kinds import KINDS
from scaffold.spec.parse import parse_feature, parse_field
from scaffold.spec.records import load_features

NAMES = st.from_regex(r"[a-z]{2,8}(_[a-z0-9]{1,4})?", fullmatch=True)
ARGUMENTS = {"decimal": ["12,2", "4,1", "18,6"], "enum": ["draft,sent,paid", "a,b", "x-1,y_2"]}
DEFAULTS = {
    "bool": ["true", "false"],
    "date": ["2030-01-31"],
    "enum": ["draft", "b", "y_2"],
    "str": ["new", "A-1"],
    "text": ["not yet", "–"],
}
VALUES = {
    "min": ["0", "2", "8"],
    "max": ["8", "40", "300", "2000"],
    "ge": ["0", "-5", "0.5", "100"],
    "le": ["3", "100", "99.9", "2000000000"],
    "pattern": [
        "^[A-Z]{2}-[0-9]{4}$:example=AB-0000,AB-0001",
        "^[a-z]+$:example=abcdefgh,bcdefghi",
    ],
}
RULES = ["", ":restrict", ":cascade", ":set-null"]


def is_field(token: str) -> bool:
    try:
        parse_field(token)
    except RefusedError:
        return False
    return True


@st.composite
def _tokens(draw: st.DrawFn, targets: tuple[str, ...]) -> str:
    name, kind = draw(NAMES), draw(st.sampled_from([*KINDS, "ref", "ref", "ref"]))
    token = f"{name}:{kind}"
    if kind == "ref":
        token += f":{draw(st.sampled_from(targets))}{draw(st.sampled_from(RULES))}"
    if kind in ARGUMENTS:
        token += f":{draw(st.sampled_from(ARGUMENTS[kind]))}"
    known = [each for each in KINDS[kind].modifiers.split() if each != "example"]
    for modifier in draw(st.lists(st.sampled_from(known), unique=True, max_size=3)):
        values = VALUES | {"default": DEFAULTS.get(kind, ["1", "2.5"])}
        value = f"={draw(st.sampled_from(values[modifier]))}" if modifier in values else ""
        # A pattern and its examples come last.
        token = token if ":pattern=" in token else f"{token}:{modifier}{value}"
    return token


def tokens(*targets: str) -> st.SearchStrategy[str]:
    return _tokens(targets).filter(is_field)


@st.composite
def _features(draw: st.DrawFn, others: dict[str, Feature]) -> Feature | None:
    name = draw(NAMES.filter(lambda name: name not in others))
    targets = [each.name for each in others.values() if each.fields]
    fields = draw(st.lists(tokens(name, *targets), min_size=1, max_size=6))
    try:
        feature = parse_feature(name, fields)
        columns = [field.column for field in feature.fields]
        group = draw(st.lists(st.sampled_from(columns), max_size=2, unique=True))
        sort = draw(st.sampled_from(feature.sorts))
        unique = [group] if len(group) == 2 else []
        parents = [others[field.target] for field in feature.refs if field.target in others]
        owned = any(parent.owned for parent in parents) or draw(st.booleans())
        feature = parse_feature(name, fields, unique=unique, sort=sort, owned=owned)
        check_among(feature, others)
    except RefusedError:
        return None
    return feature


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
