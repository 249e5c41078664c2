from tests.contract import (
    Contract,
    Link,
    boolean,
    day,
    enum,
    exact,
    integer,
    reference,
    timestamp,
)
from tests.integration.test_things import TestThings as Things


class TestThingParts(Contract):
    path, words = "/api/v1/thing-parts", "thing part"
    fields = {
        "thing_id": reference(Things, on_delete="cascade", include=True),
        "spare_id": reference(Things, on_delete="set-null", include=True, optional=True),
        "within_id": reference("self", include=True, optional=True),
        "price": exact(12, 2, least="0", sort=True),
        "made": day(sort=True),
        "seen_at": timestamp(optional=True, sort=True),
        "count": integer(optional=True, sort=True).having(1, 2, 3),
        "most": integer(optional=True).having(4, 5, 6),
        "state": enum("new", "used", "lost", default="new"),
        "stage": enum(
            *("ordered", "stored", "built_in", "scrapped"),
            default="ordered",
            steps={
                "ordered": ["stored"],
                "stored": ["built_in", "scrapped"],
                "built_in": ["stored"],
                "scrapped": [],
            },
        ),
        "ready": boolean(default=True),
    }
    links = {
        "others": Link("/api/v1/things", "other_id", include=True),
        "mates": Link("/api/v1/thing-parts", "mate_id", include=True),
    }
    rules = {"count <= most": [{"count": 5}, {"most": 0}]}
