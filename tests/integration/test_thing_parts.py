from tests.contract import (
    Contract,
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
        "thing_id": reference(Things, on_delete="cascade"),
        "spare_id": reference(Things, on_delete="set-null", optional=True),
        "within_id": reference("self", optional=True),
        "price": exact(12, 2, least="0", sort=True),
        "made": day(sort=True),
        "seen_at": timestamp(optional=True),
        "count": integer(optional=True),
        "state": enum("new", "used", "lost", default="new"),
        "ready": boolean(default=True),
    }
