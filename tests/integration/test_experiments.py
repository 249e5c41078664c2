from tests.contract import Contract, Field, enum, patterned, reference, shown, string, text, url
from tests.integration.test_projects import TestProjects as Projects


class TestExperiments(Contract):
    path, words, owned = "/api/v1/experiments", "experiment", True
    fields = {
        "project_id": reference(Projects),
        "name": string(longest=100),
        "description": text(longest=2000, optional=True),
        "model_type": string(longest=100, optional=True, filter="equal"),
        "hyperparameters": Field(
            values=[{"a": 1}, {"a": None, "c": 1}],
            limits=[
                {},
                {"a": 1, "b": None, "c": True, "d": 0.1},
                {"text": "ä 漢 🚀 \\u0000 'quoted'", "n": 2**53 - 1},
            ],
            wrong=[[], "text", {"key": "a\x00b"}, {"a\x00b": 1}, {"": 1}, {"a": []}, {"a": {}}]
            + [{"a": number} for number in (2**53 + 1, 1 - 2**64, 10**309)]
            + [{"large": "x" * 65_536}],
            default={},
        ),
        "tags": Field(
            values=[{"a": "b"}, {"a": "b", "c": "b"}],
            limits=[{}, {"text": "ä 漢 🚀 \\u0000 'quoted'"}],
            wrong=[[], "text", {"key": "a\x00b"}, {"a\x00b": 1}, {"": "b"}, {"a": 1}, {"a": None}]
            + [{"large": "x" * 65_536}],
            default={},
        ),
        "status": enum("created", "running", default="created", changes=[]),
        "run_id": string(longest=64, optional=True, filter="equal"),
        "run_url": url(optional=True),
        "source_commit": patterned("8ecdfc8", "ac3eb1657", longest=200, optional=True),
        "started_at": shown(),
        "finished_at": shown(),
    }
    unique = [("project_id", "name")]
