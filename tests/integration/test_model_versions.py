from tests.contract import Contract, Field, enum, patterned, reference, safe_integer, shown
from tests.integration.test_experiments import TestExperiments as Experiments
from tests.integration.test_ml_models import TestMlModels as MlModels

SHA256 = [
    "sha256:990874f37398b55d2f32e44d73f52440f0ed52b1d1a21b9531c7d5dec47ec30a",
    "sha256:c3eb1657f09a9147dfcf7ce3479b8602eee73865141dda78f59e4e555a7b52f2",
]


class TestModelVersions(Contract):
    path, words, owned = "/api/v1/model-versions", "model version", True
    # What was trained, and how, never changes.
    fields = {
        "ml_model_id": reference(MlModels, methods=("POST",)),
        "experiment_id": reference(Experiments, optional=True),
        "storage_uri": patterned(
            "s3://models/digits/1", "ma0://hGid", longest=500, methods=("POST",)
        ),
        "checksum": patterned(*SHA256, longest=200, methods=("POST",)),
        "size_bytes": safe_integer(least=0, methods=("POST",)),
        "metrics": Field(
            values=[{"a": 0.5}, {"a": 0.5, "b": -1}],
            limits=[
                {},
                {"a": 0.1, "b": -1e-9, "c": 1e300},
                {"ä 漢 🚀 \\u0000 'quoted'": 0.5},
                dict.fromkeys(map(str, range(200)), 0.5),
            ],
            wrong=[[], "text", {"": 1}, {"a\x00b": 1}, {"x" * 101: 1}]
            + [{"a": None}, {"a": "1"}, {"a": True}, {"a": {}}]
            + [dict.fromkeys(map(str, range(201)), 1)],
            default={},
        ),
        "hyperparameters": Field(
            values=[{"a": 1}],
            limits=[
                {},
                {"a": 1, "b": None, "c": True, "d": 0.1, "e": "a"},
                {"ä 漢 🚀 \\u0000 'quoted'": "ä 漢 🚀 \\u0000 'quoted'"},
                dict.fromkeys(map(str, range(200)), 1),
            ],
            wrong=[[], "text", {"": 1}, {"a\x00b": 1}]
            + [{"a": []}, {"a": {}}, {"a": "a\x00b"}, {"a": "x" * 501}]
            + [dict.fromkeys(map(str, range(201)), 1)],
            default={},
            methods=("POST",),
        ),
        "stage": enum("development", "staging", "production", "archived", default="development"),
        "number": shown(1),
    }
