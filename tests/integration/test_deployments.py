from tests.contract import Contract, Field, enum, integer, reference, shown, string
from tests.integration.test_model_versions import TestModelVersions as ModelVersions

ONE_WAY = {"body": ["Give either version_id or criteria."]}


class TestDeployments(Contract):
    path, words, owned = "/api/v1/deployments", "deployment", True
    fields = {
        "environment": enum("development", "staging", "production"),
        "image": string(longest=300),
        "cpu_millis": integer(1, 1_000_000, default=1000),
        "memory_mib": integer(1, 10_000_000, default=1024),
        "variables": Field(
            values=[{"a": "1"}, {"b": "1"}],
            limits=[
                {},
                {"LOG_LEVEL": "debug", "_1": ""},
                {"text": "ä 漢 🚀 \\u0000 'quoted'"},
                {"x" * 100: "漢" * 2000},
                {f"v{n}": "x" for n in range(100)},
            ],
            wrong=[[], "text"]
            + [{"key": value} for value in (1, None, "a\x00b", "x" * 2001)]
            + [{name: "1"} for name in ("", "1a", "a-b", "ä", "a\n", "x" * 101)]
            + [{f"v{n}": "x" for n in range(101)}, {f"v{n}": "漢" * 2000 for n in range(11)}],
            default={},
        ),
        "replicas": integer(0, 1000, default=1),
        "version_id": reference(ModelVersions, methods=("POST",)),
        "status": enum(
            "pending",
            "running",
            "stopped",
            "failed",
            default="pending",
            methods=("PATCH",),
            changes=["running", "stopped", "pending", "failed"],
        ),
        "reason": shown(),
    }
    missing = {"version_id": ONE_WAY}
