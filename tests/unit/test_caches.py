"""Every cache of the service is bounded, or has keys that no client can choose."""

import gc
from functools import _lru_cache_wrapper
from itertools import combinations

from src.services.queries import FORMS, TableQueries
from tests.things import Thing

# Keyed by nothing, by classes or functions, or by one of the sorts that a schema lists.
BY_CODE = {
    "get_settings",
    "_empty",
    "keyset",
    "queries_of",
    "_queries_of",
    "_unknown",
    "_kinds_of",
    "_included",
    "_references_of",
    "_rules_of",
    "_verdicts",
    "_row_of",
    "_schema_of",
    "counter",
    "gauge",
    "histogram",
}


def test_unbounded_caches_have_keys_from_the_code() -> None:
    gc.unfreeze()  # the suite keeps the collector away from what is imported
    caches = [
        each
        for each in gc.get_objects()
        if isinstance(each, _lru_cache_wrapper) and str(each.__module__).startswith("src.")
    ]
    gc.freeze()

    assert len(caches) > len(BY_CODE) / 2
    unbounded = {each.__name__ for each in caches if each.cache_parameters()["maxsize"] is None}
    assert unbounded <= BY_CODE


def test_clients_cannot_fill_the_queries_of_a_table() -> None:
    """Clients choose the filters of a list and the fields of a change."""
    queries = TableQueries(Thing, ("id",), ())
    names = [f"{column}_{end}" for column in Thing.model_fields for end in ("min", "max")]
    chosen = [frozenset(each) for each in combinations(names, 3)]
    assert len(chosen) > FORMS

    for filters in chosen:
        queries.page("-id", frozenset(), filters)
        queries.count(filters)

    assert queries.page.cache_info().currsize == queries.count.cache_info().currsize == FORMS
