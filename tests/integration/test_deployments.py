from tests.contract import Contract, Field, enum, integer, reference, shown, string, text
from tests.integration.test_model_versions import TestModelVersions as ModelVersions

ONE_WAY = {"body": ["Give either version_id or criteria."]}

NO_QUANTITIES = [
    1,
    "",
    " 1",
    "1 ",
    "-1",
    "0",
    "m",
    ".",
    "1.2.3",
    "1K",
    "1mi",
    "1 Gi",
    "1e",
    "1e+",
    "1E100",
]
NO_QUANTITIES += ["1,5", "0x1", "١", "1\n", "1" * 21, "NaN", "Inf", "1_0"]


class TestDeployments(Contract):
    path, words, owned = "/api/v1/deployments", "deployment", True
    fields = {
        "environment": enum("development", "staging", "production"),
        "base_image": string(longest=300),
        "cpu_limit": Field(
            values=["1000m", "2"],
            limits=["1m", "1000", "1e3", "+.5", "1.", "1.50", "1500000000n", "2E-1", "1k", ".5Ki"],
            wrong=[*NO_QUANTITIES, "0.5m", "1u", "1001", "1Mi", "0.0001"],
            default="1000m",
        ),
        "memory_limit": Field(
            values=["1Gi", "512Mi"],
            limits=["1Mi", "10Ti", "2G", "1048576", "129e6", "1.5Gi", "123456789k", "1e12"],
            wrong=[*NO_QUANTITIES, "1023Ki", "400m", "11Ti", "1E", "1048576.5", "1e99"],
            default="1Gi",
        ),
        "env_vars": Field(
            values=[{"a": "1"}, {"b": "1"}],
            limits=[
                {},
                {"LOG_LEVEL": "debug", "_1": "", "log.level": "", "-a-b": "", ".a": ""},
                {"text": "ä 漢 🚀 \\u0000 'quoted'"},
                {"x" * 100: "漢" * 2000},
                {f"v{n}": "x" for n in range(100)},
            ],
            wrong=[[], "text"]
            + [{"key": value} for value in (1, None, "a\x00b", "x" * 2001)]
            + [
                {name: "1"}
                for name in ("", "1a", "a b", "a=b", ".", "..", "..a", "ä", "a\n", "x" * 101)
            ]
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
        "progress": integer(0, 100, default=0, methods=("PATCH",)),
        "message": text(longest=500, optional=True, methods=("PATCH",)),
        "reason": shown(),
    }
    missing = {"version_id": ONE_WAY}
