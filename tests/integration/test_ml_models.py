from tests.contract import Contract, reference, string, text
from tests.integration.test_projects import TestProjects as Projects


class TestMlModels(Contract):
    path, words, owned = "/api/v1/ml-models", "ml model", True
    fields = {
        "project_id": reference(Projects),
        "name": string(longest=256),
        "task": string(longest=50, sort=True, filter="equal"),
        "framework": string(longest=50, optional=True, sort=True, filter="equal"),
        "description": text(longest=2000, optional=True),
    }
    unique = [("project_id", "name")]
