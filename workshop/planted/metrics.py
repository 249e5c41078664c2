"""Mistakes in what is counted, measured and traced."""

from workshop.planted.runner import Fault

_TESTS = ("tests/integration/test_metrics_measures.py",)
_TRACES = ("tests/integration/test_tracing_bounds.py",)

METRICS = [
    Fault("probes counted", "() if path_of(scope) in self._probed else ", "", _TESTS),
    Fault("requests in progress for ever", "        observer.requests_changed(-1)\n", "", _TESTS),
    Fault(
        "waits not timed",
        "                observer.waited(",
        "                (lambda *_: None)(",
        _TESTS,
    ),
    Fault(
        "failed connection counted as opened", 'outcome = "failed"', 'outcome = "opened"', _TESTS
    ),
    Fault(
        "first POST counted as repeated",
        "                observer.replayed()\n",
        "                observer.replayed()\n                observer.replayed()\n",
        _TESTS,
    ),
    Fault("later schema counted as behind", " and found <= known)", ")", _TESTS),
    Fault("drain not told", "lambda: DRAINING.set(1)", "lambda: None", _TESTS),
    Fault("buckets too coarse", "SHORT = (0.001, 0.0025, 0.005,", "SHORT = (0.005,", _TESTS),
    Fault("times of creation served", "disable_created_metrics()  #", "pass  #", _TESTS),
    Fault("query of the client traced", '"url.path", "url.query", ', '"url.path", ', _TRACES),
    Fault("probes traced", 'UNTRACED = ("/health", ', "UNTRACED = (", _TRACES),
    Fault(
        "attributes of any length",
        "max_attribute_length=LENGTH",
        "max_attribute_length=None",
        _TRACES,
    ),
]
