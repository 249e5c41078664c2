from tests.contract import Contract, json_object, string, text


class TestProjects(Contract):
    path, words, owned = "/api/v1/projects", "project", True
    fields = {
        "name": string(longest=100, sort=True, filter="equal"),
        "description": text(longest=2000, optional=True),
        "settings": json_object(),
    }
    unique = [("name",)]
