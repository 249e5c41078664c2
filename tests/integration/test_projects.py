from tests.contract import Contract, enum, string, text


class TestProjects(Contract):
    path, words, owned = "/api/v1/projects", "project", True
    fields = {
        "name": string(longest=500, sort=True, filter="equal"),
        "description": text(longest=2000, optional=True),
        "status": enum("active", "completed", "archived", default="active"),
    }
    unique = [("name",)]
