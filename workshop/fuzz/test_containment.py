"""Both databases judge containment as Python does, whatever the JSON."""

import os
from typing import Any

import hypothesis
from hypothesis import strategies as st

from src.core.database import Database
from src.models.storable import storable
from src.schemas.document import LARGEST, WHERE_LEVELS, extent_of
from tests.api import Json
from tests.integration.test_containment import found, holds

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "10"))
PAIRS = 20
"""Of each example: a query takes longer than its judgement."""

# Few names and short texts, so that many are equal.
names = st.text("ab.$\"\\'0ä🚀", max_size=2)
texts = names | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
small = st.integers(-2, 2) | st.sampled_from([0.5, 1.0, -0.0, 1e-9])
exact = st.integers(-LARGEST, LARGEST) | st.floats(-LARGEST, LARGEST)
any_number = exact | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)


def values(numbers: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        st.none() | st.booleans() | small | numbers | texts,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
        max_leaves=12,
    )


def objects(numbers: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    return st.dictionaries(names, values(numbers), max_size=4)


@st.composite
def part(draw: st.DrawFn, value: Any) -> Any:
    """Draw something that the value contains, or nearly contains."""
    match value:
        case dict():
            return {name: draw(part(each)) for name, each in value.items() if draw(st.booleans())}
        case list():
            return [draw(part(each)) for each in value if draw(st.booleans())]
        case int() | float() if not -LARGEST <= value <= LARGEST:
            return 0
    return value if draw(st.integers(0, 9)) else draw(values(exact))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Json, Json]:
    given = draw(objects(any_number))
    wanted = draw(part(given)) if draw(st.booleans()) else draw(objects(exact))
    hypothesis.assume(extent_of(wanted)[0] <= WHERE_LEVELS)
    return storable(given), storable(wanted)


@hypothesis.given(st.lists(pairs(), min_size=PAIRS, max_size=PAIRS))
@hypothesis.settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
async def test_databases_and_python_agree(
    database: Database, drawn: list[tuple[Json, Json]]
) -> None:
    assert await found(database, drawn) == [holds(*pair) for pair in drawn]
