from tests.contract import Contract, enum, patterned, reference, shown, string, text, url
from tests.integration.test_projects import TestProjects as Projects
from tests.json_facts import parameters, tags


class TestExperiments(Contract):
    path, words, owned = "/api/v1/experiments", "experiment", True
    fields = {
        "project_id": reference(Projects),
        "name": string(longest=250),
        "description": text(longest=2000, optional=True),
        "model_type": string(longest=100, optional=True, sort=True, filter="equal"),
        "hyperparameters": parameters(),
        "tags": tags(),
        "status": enum("created", "running", default="created", changes=[]),
        "run_id": string(longest=64, optional=True, sort=True, filter="equal"),
        "run_url": url(optional=True),
        "source_commit": patterned("8ecdfc8", "ac3eb1657", longest=200, optional=True),
        "started_at": shown(),
        "finished_at": shown(),
    }
    unique = [("project_id", "name")]
