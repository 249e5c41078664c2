from tests.contract import Contract, duration, int64, texts, time_of_day


class TestThingRuns(Contract):
    path, words = "/api/v1/thing-runs", "thing run"
    fields = {
        "number": int64(sort=True),
        "load": int64(least="0", optional=True, sort=True),
        "starts": time_of_day(sort=True),
        "ends": time_of_day(optional=True, default="17:00:00"),
        "lasts": duration(sort=True),
        "rest": duration(least="PT0S", greatest="P7D", default="PT1H30M"),
        "tags": texts(),
        "notes": texts(optional=True),
    }
    unique = [("number",)]
