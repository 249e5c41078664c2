from tests.contract import Contract, json_object, string, text


class TestThings(Contract):
    path, words = "/api/v1/things", "thing"
    fields = {
        "name": string(longest=100, sort=True),
        "description": text(longest=2000, optional=True),
        "settings": json_object(),
    }
    unique = [("name",)]
