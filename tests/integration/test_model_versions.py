from tests.contract import Contract, enum, patterned, reference, safe_integer, shown
from tests.integration.test_experiments import TestExperiments as Experiments
from tests.integration.test_ml_models import TestMlModels as MlModels
from tests.json_facts import measures, parameters

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
        "train_metrics": measures(),
        "test_metrics": measures(),
        "hyperparameters": parameters(methods=("POST",)),
        "stage": enum("development", "staging", "production", "archived", default="development"),
        "number": shown(1),
    }
